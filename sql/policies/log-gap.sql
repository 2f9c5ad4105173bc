/*
id = "log-gap"
version = 8
pattern = "log-gap"
severity = "high"
alert = true
subject = "source"

[title]
zh = "日志中断"
en = "Gap in a log"

[reason]
zh = "来源 {source} 在 {hours}（共 {length} 小时）有 {came} 条日志，通常约有 {expected} 条；此前 {days} 个可比日中，同样少的有 {silent_days} 天"
en = "Source {source} has {came} events during {hours}, {length} hours, where about {expected} are usual; of {days} comparable days before, {silent_days} had as few"

[why]
zh = "缺失的日志使这段时间的查阅无法追责，也可能是为掩盖而删除。依据：《网络安全法》第二十三条（2026 年以前为第二十一条；日志留存不少于六个月）；荷兰 OLVG 医院因未审查日志被罚 44 万欧元。"
en = "Without logs nobody answers for what was opened meanwhile, and logs may have been removed to hide it. Law: Cybersecurity Law, art. 23 (art. 21 before 2026; logs are kept for six months at least); OLVG hospital was fined € 440,000 for not reviewing its logs."

[misses]
zh = "不足一个整点小时的中断；本来就时有时无的时段；缺失不到可比时段最低量的九成；只缺某个模块或账号；公共假日的部分缺失；计划停机、停用之后；惯常迟到的天数以内；来源的最初几天（部分缺失为前两周）。"
en = "Gaps shorter than a clock hour; hours and days often silent anyway; losses of less than nine tenths of the least comparable hour or day; a single module or account missing; a part missing on a public holiday; planned silence; dates within the usual delay; the first days of a source (two weeks, where a part is missing)."

[false_causes]
zh = "未登记（[[outage]]）的计划停机、系统切换；部分业务迁到其他系统；文件尚未送达或只送达一部分（补齐后重新运行）；日历上没有的停诊日。"
en = "Planned downtime or a changed system that no [[outage]] names; a part of the work moved to another system; a file that has not arrived yet, or in part (deliver it, run again); a day off that the calendar does not know."

[check]
zh = ["向信息科核对停机与变更记录", "检查采集任务、磁盘与文件传输，能补则补", "如无合理原因，保全系统日志并查这段时间谁有管理员操作"]
en = ["Compare with IT's downtime and change records", "Check collector, disk and transfer, and deliver what can be recovered", "Without a reason keep the system logs and find out who acted as administrator meanwhile"]

[over_dates]
hours = "spans"
length = "sum"
came = "sum"
expected = "sum"

[params]
history_days = 28
min_days = 7
min_expected = 30
silent_share = 0.02
thin_share = 0.1
tolerated_silent_days = 1
max_day_chance = 0.01
max_hour_chance = 0.000001

[[example]]
name = "three hours missing in the morning; the afternoon of a log of 24 rows a day"
night = 2026-03-20
fires = ["emr", "small"]
volumes = """
source,start,end,hours,events
emr,2026-03-01,2026-03-19,0-23,80
emr,2026-03-20,2026-03-20,0-7,80
emr,2026-03-20,2026-03-20,11-23,90
small,2026-03-01,2026-03-19,8-19,2
small,2026-03-20,2026-03-20,8-12,2
"""

[[example]]
name = "a whole day missing after the log ran every day: a busy one, one of 24 rows, one of three"
night = 2026-03-20
fires = ["emr", "small", "tiny"]
volumes = """
source,start,end,hours,events
emr,2026-03-01,2026-03-19,6-22,60
small,2026-03-01,2026-03-19,8-19,2
tiny,2026-03-01,2026-03-19,9-11,1
"""

[[example]]
name = "a source that is silent for good is named on every day, the weekend included"
night = 2026-03-29
fires = ["emr", "office"]
volumes = """
source,start,end,hours,events
emr,2026-03-01,2026-03-10,0-23,80
office,2026-03-02,2026-03-06,8-17,50
office,2026-03-09,2026-03-13,8-17,50
office,2026-03-16,2026-03-20,8-17,50
"""

[[example]]
name = "offices rest at night, at weekends and on holidays; a source began today"
night = 2026-05-05
calendar = "CN"
fires = []
volumes = """
source,start,end,hours,events
office,2026-04-13,2026-04-17,8-17,50
office,2026-04-20,2026-04-24,8-17,50
office,2026-04-27,2026-04-30,8-17,50
new,2026-05-05,2026-05-05,14-23,80
"""

[[example]]
name = "rows every third day: the second silent day is nothing, nor the third"
night = 2026-03-18
fires = []
volumes = """
source,start,end,hours,events
lab,2026-03-01,2026-03-01,9,8
lab,2026-03-04,2026-03-04,9,8
lab,2026-03-07,2026-03-07,9,8
lab,2026-03-10,2026-03-10,9,8
lab,2026-03-13,2026-03-13,9,8
lab,2026-03-16,2026-03-16,9,8
"""

[[example]]
name = "rows every third day: ten days of silence are beyond its habit"
night = 2026-03-27
fires = ["lab"]
volumes = """
source,start,end,hours,events
lab,2026-03-01,2026-03-01,9,8
lab,2026-03-04,2026-03-04,9,8
lab,2026-03-07,2026-03-07,9,8
lab,2026-03-10,2026-03-10,9,8
lab,2026-03-13,2026-03-13,9,8
lab,2026-03-16,2026-03-16,9,8
"""

[[example]]
name = "a log that writes three rows for a page: an evening hour of eleven pages may be empty by chance"
night = 2026-03-20
fires = ["hourly"]
events = """
source,user_id,event_time,patient_id
emr,n1,2026-03-20 20:10:00,p1
emr,n1,2026-03-20 20:10:01,p1
emr,n1,2026-03-20 20:10:02,p1
hourly,n1,2026-03-20 20:10:00,p1
"""
volumes = """
source,start,end,hours,events
emr,2026-03-01,2026-03-19,8-19,80
emr,2026-03-01,2026-03-09,20-22,24
emr,2026-03-10,2026-03-19,20-22,42
emr,2026-03-20,2026-03-20,8-20,80
emr,2026-03-20,2026-03-20,22,30
hourly,2026-03-01,2026-03-09,8-22,24
hourly,2026-03-10,2026-03-19,8-22,42
hourly,2026-03-20,2026-03-20,8-20,33
hourly,2026-03-20,2026-03-20,22,30
"""

[[example]]
name = "a planned outage, one that still lasts, and a source that was retired"
night = 2026-03-20
fires = []
volumes = """
source,start,end,hours,events
emr,2026-03-01,2026-03-19,0-23,80
emr,2026-03-20,2026-03-20,0-7,80
emr,2026-03-20,2026-03-20,11-23,90
his,2026-03-01,2026-03-18,0-23,40
old,2026-03-01,2026-03-15,0-23,40
"""
outages = """
source,start,end,reason
emr,2026-03-20 08:00,2026-03-20 11:00,upgrade
his,2026-03-18 23:30,,new server
old,2026-03-16 00:00,,retired
"""

[[example]]
name = "an outage that takes longer than planned; one after which the log stays silent"
night = 2026-03-20
fires = ["emr", "his"]
volumes = """
source,start,end,hours,events
emr,2026-03-01,2026-03-19,0-23,80
emr,2026-03-20,2026-03-20,0-7,80
emr,2026-03-20,2026-03-20,14-23,90
his,2026-03-01,2026-03-19,0-23,40
"""
outages = """
source,start,end,reason
emr,2026-03-20 08:00,2026-03-20 11:00,upgrade
his,2026-03-19 22:00,2026-03-20 04:00,upgrade
"""

[[example]]
name = "a source that is often a day late"
night = 2026-03-20
fires = []
volumes = """
source,start,end,hours,events
emr,2026-03-01,2026-03-19,0-23,80
"""
delays = """
source,business_date,days
emr,2026-03-15,1
emr,2026-03-17,1
emr,2026-03-19,1
"""

[[example]]
name = "a source that is always a day late is missed on the second day"
night = 2026-03-20
fires = ["emr"]
volumes = """
source,start,end,hours,events
emr,2026-03-01,2026-03-18,0-23,80
"""
delays = """
source,business_date,days
emr,2026-03-16,1
emr,2026-03-17,1
emr,2026-03-18,1
"""

[[example]]
name = "less than a week of history"
night = 2026-03-05
fires = []
volumes = """
source,start,end,hours,events
emr,2026-03-01,2026-03-04,0-23,80
emr,2026-03-05,2026-03-05,0-7,80
"""

[[example]]
name = "a silent Saturday of a source of twelve days that never rested"
night = 2026-03-14
fires = ["tiny"]
volumes = """
source,start,end,hours,events
tiny,2026-03-02,2026-03-13,9-11,2
"""

[[example]]
name = "a silence that began in the first days is seen as it lasts"
night = 2026-03-10
fires = ["emr"]
volumes = """
source,start,end,hours,events
emr,2026-03-02,2026-03-05,0-23,80
"""

[[example]]
name = "the hour that the clocks skip in spring does not exist"
night = 2026-03-29
timezone = "Europe/Berlin"
fires = []
volumes = """
source,start,end,hours,events
emr,2026-03-01,2026-03-28,0-23,80
emr,2026-03-29,2026-03-29,0-1,80
emr,2026-03-29,2026-03-29,3-23,80
"""

[[example]]
name = "a twentieth of the rows of three hours, of a whole day, and of a small log"
night = 2026-03-20
fires = ["emr", "his", "small"]
volumes = """
source,start,end,hours,events
emr,2026-03-01,2026-03-19,0-23,80
emr,2026-03-20,2026-03-20,0-7,80
emr,2026-03-20,2026-03-20,8-10,4
emr,2026-03-20,2026-03-20,11-23,90
his,2026-03-01,2026-03-19,0-23,80
his,2026-03-20,2026-03-20,0-23,4
small,2026-03-01,2026-03-19,8-19,3
small,2026-03-20,2026-03-20,8,1
small,2026-03-20,2026-03-20,13,1
"""

[[example]]
name = "a part missing day after day"
night = 2026-03-22
fires = ["emr"]
volumes = """
source,start,end,hours,events
emr,2026-03-01,2026-03-17,0-23,80
emr,2026-03-18,2026-03-22,0-23,5
"""

[[example]]
name = "fewer than usual, a day that was as quiet before, a job that began an hour later, a trend"
night = 2026-03-20
fires = []
volumes = """
source,start,end,hours,events
emr,2026-03-01,2026-03-19,0-23,80
emr,2026-03-20,2026-03-20,0-23,12
his,2026-03-01,2026-03-08,0-23,80
his,2026-03-09,2026-03-10,0-23,8
his,2026-03-11,2026-03-19,0-23,80
his,2026-03-20,2026-03-20,0-23,5
job,2026-03-01,2026-03-20,0-23,5
job,2026-03-01,2026-03-19,2,200
job,2026-03-20,2026-03-20,3,200
old,2026-03-01,2026-03-05,0-23,80
old,2026-03-06,2026-03-10,0-23,40
old,2026-03-11,2026-03-15,0-23,20
old,2026-03-16,2026-03-19,0-23,10
old,2026-03-20,2026-03-20,0-23,5
"""

[[example]]
name = "a holiday that is quieter than any weekend, and a planned outage of most of a day"
night = 2026-05-05
calendar = "CN"
fires = []
volumes = """
source,start,end,hours,events
opd,2026-04-06,2026-05-04,8-17,50
opd,2026-05-05,2026-05-05,8-17,3
his,2026-04-06,2026-05-04,0-23,80
his,2026-05-05,2026-05-05,0,80
"""
outages = """
source,start,end,reason
his,2026-05-05 01:00,2026-05-06 00:00,upgrade
"""
*/
with active_days as (
    select source, median(events) as events
    from source_dates
    where events > 0 and business_date < $night::date
    group by source
),

-- a heartbeat is no log: a date with next to none of the usual events is silent
dates_seen as (
    select
        source_dates.*,
        source_dates.events <= floor($silent_share * coalesce(active_days.events, 0)) as silent
    from source_dates
    left join active_days using (source)
),

last_dates as (
    select
        source,
        -- the first date may have begun at noon and is left out
        min(business_date) + 1 as first_on,
        max(business_date) filter (not silent) as last_on,
        bool_or(business_date = $night::date and silent) as silent_today,
        bool_or(business_date = $night::date and due and not planned) as due_today
    from dates_seen
    group by source
),

-- the source's habit: what it did before the silence, if there is one
habit_dates as (
    select
        dates_seen.source,
        dates_seen.business_date,
        dates_seen.day_off,
        dates_seen.events,
        dates_seen.silent,
        count(*) filter (not dates_seen.silent)
            over (partition by dates_seen.source order by dates_seen.business_date) as stretch
    from dates_seen
    join last_dates using (source)
    where
        dates_seen.business_date between last_dates.first_on and last_dates.last_on
        and dates_seen.business_date >= last_dates.last_on - $history_days
        and dates_seen.business_date < $night::date
        and not (dates_seen.silent and dates_seen.planned)
),

-- part 1: dates without rows

kinds_of_day as (
    select
        source,
        day_off,
        count(*) as days,
        count(*) filter (silent) as silent_days,
        avg(events) as mean,
        -- a little towards that of rare events: few days say little
        (count(*) * coalesce(var_samp(events), 0) + avg(events)) / (count(*) + 1) as variance
    from habit_dates
    group by source, day_off
),

all_days as (
    select
        source,
        count(*) as days,
        count(*) filter (silent) as silent_days,
        avg(events) as mean,
        (count(*) * coalesce(var_samp(events), 0) + avg(events)) / (count(*) + 1) as variance
    from habit_dates
    group by source
),

-- of a source that never rested, a single weekend is compared with all days
volumes as (
    select
        kinds_of_day.source,
        kinds_of_day.day_off,
        if(kinds_of_day.days < 3, all_days.mean, kinds_of_day.mean) as mean,
        if(kinds_of_day.days < 3, all_days.variance, kinds_of_day.variance) as variance
    from kinds_of_day
    join all_days using (source)
    where
        kinds_of_day.silent_days = 0
        and all_days.days >= $min_days
        and (kinds_of_day.days >= least(3, $min_days) or (kinds_of_day.days = 2 and all_days.silent_days = 0))
),

weekdays as (
    select source, isodow(business_date) as weekday, count(*) as days, count(*) filter (silent) as silent_days
    from habit_dates
    group by all
),

-- log chance of a silent date: by the share of such dates (rule of succession), without any also by the volume
day_chances as (
    select
        kinds_of_day.source,
        kinds_of_day.day_off,
        kinds_of_day.days,
        kinds_of_day.silent_days,
        least(
            ln((kinds_of_day.silent_days + 0.5) / (kinds_of_day.days + 1)),
            coalesce(ln_chance_of_none(volumes.mean, volumes.variance), 0)
        ) as chance
    from kinds_of_day
    left join volumes
        on kinds_of_day.source = volumes.source and kinds_of_day.day_off = volumes.day_off
),

silent_dates as (
    select
        dates_seen.source,
        dates_seen.business_date,
        dates_seen.day_off,
        coalesce(
            -- where it rests on most of these weekdays, the weekday says more
            greatest(
                day_chances.chance,
                case
                    when weekdays.days >= 3 and weekdays.silent_days * 2 >= weekdays.days
                        then ln(weekdays.silent_days / weekdays.days)
                end
            ),
            -- nothing is known of days of this kind
            case when dates_seen.day_off then 0 else ln(0.5) end
        ) as chance
    from dates_seen
    join last_dates using (source)
    left join day_chances using (source, day_off)
    left join weekdays
        on dates_seen.source = weekdays.source and isodow(dates_seen.business_date) = weekdays.weekday
    where dates_seen.business_date > last_dates.last_on and dates_seen.due and not dates_seen.planned
),

earlier_silences as (
    select
        source,
        max(working_days) as working_days,
        max(days_off) as days_off,
        count(*) filter (working_days > 0) as times
    from (
        select
            source,
            stretch,
            count(*) filter (silent and not day_off) as working_days,
            count(*) filter (silent and day_off) as days_off
        from habit_dates
        group by source, stretch
    )
    group by source
),

silences as (
    select
        silent_dates.source,
        count(*) filter (not silent_dates.day_off) as working_days,
        count(*) filter (silent_dates.day_off) as days_off,
        sum(silent_dates.chance) as chance,
        -- the kind of day that tells most
        arg_min(silent_dates.day_off, silent_dates.chance) as telling_day_off
    from silent_dates
    group by silent_dates.source
),

-- beyond the longest silence so far, and improbable: as so many silent dates, or so many times as long as the longest
-- (lengths fade exponentially)
silent_sources as (
    select silences.*
    from silences
    join last_dates using (source)
    left join earlier_silences as earlier using (source)
    where
        last_dates.silent_today
        and not exists (
            select 1
            from dates_seen
            where dates_seen.source = silences.source and dates_seen.business_date = $night::date and dates_seen.planned
        )
        and (
            silences.working_days > coalesce(earlier.working_days, 0)
            or silences.days_off > coalesce(earlier.days_off, 0)
        )
        and (
            silences.chance <= ln($max_day_chance)
            or (
                earlier.working_days > 0
                and lgamma(earlier.times + 1) + lgamma(1 + silences.working_days / earlier.working_days)
                - lgamma(earlier.times + 1 + silences.working_days / earlier.working_days) <= ln($max_day_chance)
            )
        )
),

last_hours as (
    select source_hours.source, max(source_hours.hour) as hour
    from source_hours
    join last_dates on source_hours.source = last_dates.source and source_hours.business_date = last_dates.last_on
    group by source_hours.source
),

usual_events as (
    select source, day_off, median(events) as events
    from habit_dates
    group by all
),

missing_events as (
    select silent_dates.source, sum(coalesce(usual_events.events, 0)) as events
    from silent_dates
    left join usual_events using (source, day_off)
    group by silent_dates.source
),

-- heartbeats
events_since as (
    select dates_seen.source, sum(dates_seen.events) as events
    from dates_seen
    join last_dates using (source)
    where dates_seen.business_date > last_dates.last_on
    group by dates_seen.source
),

silent_for_days as (
    select
        silent_sources.source,
        null::varchar[] as event_ids,
        [
            strftime(last_dates.last_on, '%Y-%m-%d') || printf(' %02d:00–', last_hours.hour + 1)
            || strftime($night::date, '%Y-%m-%d') || ' 24:00'
        ] as hours,
        23 - last_hours.hour + 24 * ($night::date - last_dates.last_on) as length,
        events_since.events::bigint as came,
        missing_events.events::bigint as expected,
        coalesce(day_chances.days, 0) as days,
        coalesce(day_chances.silent_days, 0) as silent_days
    from silent_sources
    join last_dates using (source)
    join last_hours using (source)
    join missing_events using (source)
    join events_since using (source)
    left join day_chances
        on silent_sources.source = day_chances.source and silent_sources.telling_day_off = day_chances.day_off
),

-- part 2: hours with no rows, or far too few, on a date that has some

comparable_days as (
    select source, business_date, events
    from habit_dates
    where source in (select source from last_dates where not silent_today and due_today)
    qualify
        day_off = (select any_value(source_dates.day_off) from source_dates where business_date = $night::date)
        or count(*) filter (
            day_off = (select any_value(source_dates.day_off) from source_dates where business_date = $night::date)
        ) over (partition by source) < 5
),

enough_history as (
    select source, count(*) as days
    from habit_dates
    group by source
    having count(*) >= $min_days
),

-- how quiet a public holiday is, weekends do not tell; one is told by its weekday, and so are the days off beside it
holidays as (
    select source
    from source_dates
    group by source
    having
        max(business_date) filter (day_off and isodow(business_date) <= 5)
        > coalesce(max(business_date) filter (not day_off), date '0001-01-01')
),

hours as (
    select hour::integer as hour
    from range(24) as clock (hour)
    where
        -- the hour that daylight saving skips
        timezone($timezone, timezone($timezone, $night::timestamp + to_hours(hour::integer)))
        = $night::timestamp + to_hours(hour::integer)
),

tonight as (
    select source, hour, events
    from source_hours
    where business_date = $night::date
),

usual as (
    select
        comparable_days.source,
        hours.hour,
        count(*) as days,
        coalesce(any_value(tonight.events), 0) as came,
        median(coalesce(source_hours.events, 0)) as expected,
        count(*) filter (coalesce(source_hours.events, 0) <= coalesce(tonight.events, 0)) as silent_days,
        -- of all but as many days as may be silent
        list(coalesce(source_hours.events, 0) order by coalesce(source_hours.events, 0))[1 + $tolerated_silent_days]
            as least
    from comparable_days
    semi join enough_history on comparable_days.source = enough_history.source
    cross join hours
    left join source_hours
        on
            comparable_days.source = source_hours.source
            and comparable_days.business_date = source_hours.business_date
            and hours.hour = source_hours.hour
    left join tonight on comparable_days.source = tonight.source and hours.hour = tonight.hour
    group by all
),

-- what came in the hours beside instead: a job that began late is no loss
beside as (
    select usual.source, usual.hour, sum(greatest(near.came - near.expected, 0)) as surplus
    from usual
    join usual as near on usual.source = near.source and abs(usual.hour - near.hour) between 1 and 2
    group by all
),

silent_hours as (
    select
        usual.*,
        usual.hour - row_number() over (partition by usual.source order by usual.hour) as run
    from usual
    join enough_history using (source)
    left join beside using (source, hour)
    where
        (
            usual.came <= floor($silent_share * usual.expected)
            or (
                usual.came <= floor($thin_share * usual.least)
                and enough_history.days >= 2 * $min_days
                and coalesce(beside.surplus, 0) < (usual.expected - usual.came) / 2
                and usual.source not in (from holidays)
            )
        )
        and usual.expected > 0
        and usual.silent_days <= case when usual.days >= 14 then $tolerated_silent_days else 0 end
        and not exists (
            select 1
            from planned_silences
            where
                planned_silences.source = usual.source
                and planned_silences.starts_at < $night::timestamp + to_hours(usual.hour + 1)
                and coalesce(planned_silences.ends_at, timestamp 'infinity') > $night::timestamp + to_hours(usual.hour)
        )
),

gaps as (
    select
        source,
        min(hour) as from_hour,
        max(hour) + 1 as to_hour,
        sum(came) as came,
        sum(expected) as expected,
        bool_or(came > floor($silent_share * expected)) as thin,
        min(days) as days,
        max(silent_days) as silent_days
    from silent_hours
    group by source, run
),

gap_volumes as (
    select
        source,
        from_hour,
        avg(events) as mean,
        (count(*) * coalesce(var_samp(events), 0) + avg(events)) / (count(*) + 1) as variance
    from (
        select gaps.source, gaps.from_hour, comparable_days.business_date, sum(source_hours.events) as events
        from gaps
        join comparable_days using (source)
        join source_hours
            on
                gaps.source = source_hours.source
                and comparable_days.business_date = source_hours.business_date
                and source_hours.hour between gaps.from_hour and gaps.to_hour - 1
        group by all
    )
    group by source, from_hour
),

-- a page may write several rows: what is missing are accesses
access_sizes as (
    select
        source,
        count(*) / count(distinct (user_id, patient_id, date_trunc('minute', local_time))) as rows_per_access
    from night_events
    where source in (select source from gaps)
    group by source
),

-- much is missing, or so much of the little that there is that it cannot be chance
true_gaps as (
    select gaps.*
    from gaps
    join gap_volumes using (source, from_hour)
    left join access_sizes using (source)
    where
        gaps.expected / coalesce(rows_per_access, 1) >= $min_expected
        or (
            gaps.days >= 2 * $min_days
            and not gaps.thin
            and ln_chance_of_none(
                gap_volumes.mean / coalesce(rows_per_access, 1),
                gap_volumes.variance / coalesce(rows_per_access * rows_per_access, 1)
            )
            <= ln($max_hour_chance)
        )
),

bounding_events as (
    select
        true_gaps.source,
        arg_max(night_events.event_id, (night_events.local_time, night_events.event_id))
        filter (night_events.local_time < $night::timestamp + to_hours(true_gaps.from_hour)) as last_before,
        arg_min(night_events.event_id, (night_events.local_time, night_events.event_id))
        filter (night_events.local_time >= $night::timestamp + to_hours(true_gaps.to_hour)) as first_after
    from true_gaps
    join night_events on true_gaps.source = night_events.source
    group by true_gaps.source, true_gaps.from_hour, true_gaps.to_hour
),

gap_bounds as (
    select
        source,
        flatten(list([last_before, first_after])) as event_ids
    from bounding_events
    group by source
),

silent_for_hours as (
    select
        true_gaps.source,
        any_value(gap_bounds.event_ids) as event_ids,
        list(
            printf('%s %02d:00–%02d:00', $night::varchar, true_gaps.from_hour, true_gaps.to_hour)
            order by true_gaps.from_hour
        ) as hours,
        sum(true_gaps.to_hour - true_gaps.from_hour)::bigint as length,
        sum(true_gaps.came)::bigint as came,
        sum(true_gaps.expected)::bigint as expected,
        min(true_gaps.days) as days,
        max(true_gaps.silent_days) as silent_days
    from true_gaps
    left join gap_bounds on true_gaps.source = gap_bounds.source
    group by true_gaps.source
),

-- part 3: dates with far too few rows

-- as it lasts, it is compared with what was before
last_full_dates as (
    select source, max(business_date) as last_full_on
    from (
        select *, median(events) over (partition by source, day_off) as usual
        from habit_dates
    )
    where events > $thin_share * usual
    group by source
),

full_dates as (
    select habit_dates.source, habit_dates.events, habit_dates.day_off = tonight.day_off as like_tonight
    from habit_dates
    join last_full_dates using (source)
    join dates_seen as tonight on habit_dates.source = tonight.source and tonight.business_date = $night::date
    where habit_dates.business_date <= last_full_dates.last_full_on
    qualify like_tonight or count(*) filter (like_tonight) over (partition by habit_dates.source) < 5
),

thin_dates as (
    select
        dates_seen.source,
        dates_seen.events as came,
        median(full_dates.events) as expected,
        count(*) as days
    from dates_seen
    join full_dates using (source)
    join enough_history using (source)
    where
        dates_seen.business_date = $night::date
        and not dates_seen.silent
        and dates_seen.due
        and enough_history.days >= 2 * $min_days
        and dates_seen.source not in (from holidays)
        and not exists (
            select 1
            from planned_silences
            where
                planned_silences.source = dates_seen.source
                and planned_silences.starts_at < $night::date + 1
                and coalesce(planned_silences.ends_at, timestamp 'infinity') > $night::timestamp
        )
    group by dates_seen.source, dates_seen.events
    having
        dates_seen.events <= floor($thin_share * min(full_dates.events))
        and median(full_dates.events) >= $min_expected
        and count(*) >= 5  -- full ones
),

silent_for_most as (
    select
        thin_dates.source,
        null::varchar[] as event_ids,
        [strftime($night::date, '%Y-%m-%d') || ' 00:00–24:00'] as hours,
        24::bigint as length,
        thin_dates.came::bigint as came,
        thin_dates.expected::bigint as expected,
        thin_dates.days,
        0::bigint as silent_days
    from thin_dates
    left join silent_for_hours using (source)
    -- the hours that are missing tell more, where they are most of it and not all hours
    where
        coalesce(silent_for_hours.expected - silent_for_hours.came, 0) < (thin_dates.expected - thin_dates.came) / 2
        or silent_for_hours.length = 24
)

from silent_for_days
union all by name
from silent_for_most
union all by name
from silent_for_hours
anti join silent_for_most using (source)
