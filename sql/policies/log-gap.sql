/*
id = "log-gap"
version = 2
pattern = "log-gap"
severity = "high"
alert = true
subject = "source"

[title]
zh = "日志中断"
en = "Gap in a log"

[reason]
zh = "来源 {source} 在 {hours} 没有日志（通常约有 {expected} 条）；此前 {days} 个可比日的同一时段从未中断"
en = "Source {source} is silent during {hours}, where about {expected} events are usual; on {days} comparable days it never was"

[why]
zh = "缺失的日志使这段时间的查阅无法追责，也可能是为掩盖而删除。依据：《网络安全法》第二十一条（日志留存不少于六个月）；荷兰 OLVG 医院因未审查日志被罚 44 万欧元。"
en = "Without logs nobody answers for what was opened meanwhile, and logs may have been removed to hide it. Law: Cybersecurity Law, art. 21 (logs are kept for six months at least); OLVG hospital was fined € 440,000 for not reviewing its logs."

[misses]
zh = "不足一个整点小时的中断；业务量很小的来源或夜间时段；只缺某个模块或账号；历史不足 7 天；周末、假日本来就停的来源整日无日志。"
en = "Gaps shorter than a full clock hour; sources or hours with little traffic; a single module or account missing; less than 7 days of history; a whole silent day of a source that rests on some days anyway."

[false_causes]
zh = "计划停机、系统切换；该来源的文件尚未送达（补齐后重新运行）。"
en = "Planned downtime, a changed system; the source's file has not arrived yet (deliver it and run again)."

[check]
zh = ["向信息科核对停机与变更记录", "检查采集任务、磁盘与文件传输，能补则补", "如无合理原因，保全系统日志并查这段时间谁有管理员操作"]
en = ["Compare with IT's downtime and change records", "Check collector, disk and transfer, and deliver what can be recovered", "Without a reason keep the system logs and find out who acted as administrator meanwhile"]

[params]
history_days = 28
min_days = 7
min_expected = 30
silent_share = 0.02
tolerated_silent_days = 1

[[example]]
name = "three hours missing in the morning"
night = 2026-03-20
fires = ["emr"]
volumes = """
source,start,end,hours,events
emr,2026-03-01,2026-03-19,0-23,80
his,2026-03-01,2026-03-20,0-23,40
emr,2026-03-20,2026-03-20,0-7,80
emr,2026-03-20,2026-03-20,11-23,90
"""

[[example]]
name = "a whole day missing after the log ran every day"
night = 2026-03-20
fires = ["emr"]
volumes = """
source,start,end,hours,events
emr,2026-03-01,2026-03-19,6-22,60
his,2026-03-01,2026-03-20,0-23,40
"""

[[example]]
name = "office systems rest at night and on Sundays; a small source; a source that ended long ago, one that began today"
night = 2026-03-22
fires = []
volumes = """
source,start,end,hours,events
office,2026-03-02,2026-03-06,8-17,50
office,2026-03-09,2026-03-13,8-17,50
office,2026-03-16,2026-03-20,8-17,50
small,2026-03-01,2026-03-21,8-17,2
old,2026-03-01,2026-03-18,0-23,80
new,2026-03-22,2026-03-22,14-23,80
his,2026-03-01,2026-03-22,0-23,40
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
*/
with source_days as (
    select source, business_date, sum(events) as events
    from source_hours
    where business_date between $night::date - $history_days and $night::date
    group by all
),

-- a source is judged while it is alive: it has events tonight or had some the day before; its first day may have begun at noon and is left out
live_sources as (
    select
        source,
        min(business_date) + 1 as first_on,
        count(*) filter (business_date = $night::date) = 0 as silent_today,
        count(*) filter (business_date between min_on + 1 and $night::date - 1) < $night::date - 1 - min_on as rests_sometimes
    from (select *, min(business_date) over (partition by source) as min_on from source_days)
    group by source, min_on
    having
        count(*) filter (business_date = $night::date) > 0
        or max(business_date) filter (business_date < $night::date) = $night::date - 1
),

past_days as (
    select
        live_sources.source,
        day_number.generate_series::date as business_date,
        isodow(day_number.generate_series) >= 6 as weekend
    from live_sources,
        generate_series(live_sources.first_on::timestamp, $night::timestamp - interval 1 day, interval 1 day) as day_number
),

-- weekends are compared with weekends and workdays with workdays as soon as there are enough of them
comparable_days as (
    select *
    from past_days
    qualify
        weekend = (isodow($night::date) >= 6)
        or count(*) filter (weekend = (isodow($night::date) >= 6)) over (partition by source) < 5
),

enough_history as (
    select source
    from past_days
    group by source
    having count(*) >= $min_days
),

hours as (
    select hour::integer as hour
    from range(24) as clock (hour)
    where
        -- the hour that daylight saving skips
        timezone($timezone, timezone($timezone, $night::timestamp + to_hours(hour::integer)))
        = $night::timestamp + to_hours(hour::integer)
),

usual as (
    select
        comparable_days.source,
        hours.hour,
        count(*) as days,
        median(coalesce(source_hours.events, 0)) as expected,
        count(*) filter (coalesce(source_hours.events, 0) = 0) as silent_days
    from comparable_days
    semi join enough_history on comparable_days.source = enough_history.source
    cross join hours
    left join source_hours
        on
            comparable_days.source = source_hours.source
            and comparable_days.business_date = source_hours.business_date
            and hours.hour = source_hours.hour
    group by all
),

silent_hours as (
    select
        usual.*,
        usual.hour - row_number() over (partition by usual.source order by usual.hour) as run
    from usual
    join live_sources on usual.source = live_sources.source
    left join source_hours
        on
            usual.source = source_hours.source
            and source_hours.business_date = $night::date
            and usual.hour = source_hours.hour
    where
        coalesce(source_hours.events, 0) <= floor($silent_share * usual.expected)
        and usual.expected > 0
        and usual.silent_days <= case when usual.days >= 14 then $tolerated_silent_days else 0 end
        and not (live_sources.silent_today and live_sources.rests_sometimes)
),

gaps as (
    select
        source,
        min(hour) as from_hour,
        max(hour) + 1 as to_hour,
        sum(expected) as expected,
        min(days) as days
    from silent_hours
    group by source, run
    having sum(expected) >= $min_expected
),

bounding_events as (
    select
        gaps.source,
        arg_max(night_events.event_id, (night_events.local_time, night_events.event_id))
        filter (night_events.local_time < $night::timestamp + to_hours(gaps.from_hour)) as last_before,
        arg_min(night_events.event_id, (night_events.local_time, night_events.event_id))
        filter (night_events.local_time >= $night::timestamp + to_hours(gaps.to_hour)) as first_after
    from gaps
    join night_events on gaps.source = night_events.source
    group by gaps.source, gaps.from_hour, gaps.to_hour
),

gap_bounds as (
    select
        source,
        flatten(list([last_before, first_after])) as event_ids
    from bounding_events
    group by source
)

select
    gaps.source,
    any_value(gap_bounds.event_ids) as event_ids,
    list(printf('%02d:00–%02d:00', gaps.from_hour, gaps.to_hour) order by gaps.from_hour) as hours,
    sum(gaps.expected)::bigint as expected,
    min(gaps.days) as days
from gaps
left join gap_bounds on gaps.source = gap_bounds.source
group by gaps.source
