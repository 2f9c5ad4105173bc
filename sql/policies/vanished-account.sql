/*
id = "vanished-account"
version = 2
pattern = "log-gap"
severity = "high"
alert = true
subject = "source"

[title]
zh = "接口账号不再写日志"
en = "An interface stopped writing"

[reason]
zh = "来源 {source} 中，接口账号 {accounts} 此前 {days} 天每天都有日志，自 {since} 起至 {until} 一条也没有，约缺 {missing} 条；来源本身照常有日志"
en = "Source {source} has no rows of the interface {accounts} between {since} and {until}, about {missing} rows missing; it wrote on each of {days} days before, and the source goes on"

[why]
zh = "接口读取成批病历；只缺它的日志，来源照常，整体条数看不出来，可能是采集过滤，也可能是为掩盖而删除。依据：《网络安全法》第二十三条（2026 年以前为第二十一条；日志留存不少于六个月）。"
en = "Interfaces read records in bulk. Where their rows alone are missing, no count of the log shows it: the collector may leave them out, or somebody removed them. Law: Cybersecurity Law, art. 23 (art. 21 before 2026; logs are kept for six months at least)."

[misses]
zh = "不足一整天的中断；不是每天都写日志的账号；自助机；两周以内的新接口；一周之后不再提示。"
en = "Silences of less than a whole date; accounts that rest on some days; kiosks; interfaces of less than two weeks; nothing is told after a week."

[false_causes]
zh = "接口停用、改名或改由其他账号承担而人员表未登记；对接系统停机；文件尚未送达（补齐后重新运行）。"
en = "An interface that was retired, or whose work another account does, without a note in the staff table; the system behind it is down; a file that has not arrived yet (deliver it, run again)."

[check]
zh = ["向信息科核对接口是否停用、改名或故障", "核对接口对端的收发记录：有访问而无日志即为缺失", "确已停用的，在人员表中登记为离职或停用"]
en = ["Ask IT whether the interface was retired, renamed or down", "Compare with what the other system sent and received: accesses without rows are a gap", "Note in the staff table that an interface has left"]

[over_dates]
accounts = "newest"

[params]
history_days = 28
min_days = 14
min_days_off = 4
min_expected = 30
max_chance = 0.000001
going_on_share = 0.5
replaced_share = 0.3
told_days = 7

[[example]]
name = "an interface that wrote on every date vanishes while the log goes on"
night = 2026-03-20
fires = ["emr"]
volumes = """
source,start,end,hours,events,user_id
emr,2026-02-20,2026-03-20,0-23,80,
emr,2026-02-20,2026-03-19,6-21,10,svc
"""

[[example]]
name = "an interface of working days: on Monday it is missed, not at the weekend"
night = 2026-03-16
fires = ["emr"]
volumes = """
source,start,end,hours,events,user_id
emr,2026-02-16,2026-03-16,0-23,80,
emr,2026-02-16,2026-02-20,6-21,10,svc
emr,2026-02-23,2026-02-27,6-21,10,svc
emr,2026-03-02,2026-03-06,6-21,10,svc
emr,2026-03-09,2026-03-13,6-21,10,svc
"""

[[example]]
name = "an interface of working days rests at the weekend"
night = 2026-03-15
fires = []
volumes = """
source,start,end,hours,events,user_id
emr,2026-02-16,2026-03-15,0-23,80,
emr,2026-02-16,2026-02-20,6-21,10,svc
emr,2026-02-23,2026-02-27,6-21,10,svc
emr,2026-03-02,2026-03-06,6-21,10,svc
emr,2026-03-09,2026-03-13,6-21,10,svc
"""

[[example]]
name = "the whole log is silent, or most of it: no matter of one account"
night = 2026-03-20
fires = []
volumes = """
source,start,end,hours,events,user_id
emr,2026-02-20,2026-03-19,0-23,80,
emr,2026-02-20,2026-03-19,6-21,10,svc
his,2026-02-20,2026-03-19,0-23,80,
his,2026-03-20,2026-03-20,0-5,80,
his,2026-02-20,2026-03-19,6-21,10,svc
"""

[[example]]
name = "another interface takes its work over"
night = 2026-03-20
fires = []
volumes = """
source,start,end,hours,events,user_id
emr,2026-02-20,2026-03-20,0-23,80,
emr,2026-02-20,2026-03-19,6-21,10,svc
emr,2026-02-20,2026-03-19,6-21,4,svc2
emr,2026-03-20,2026-03-20,6-21,14,svc2
"""

[[example]]
name = "an interface that was noted as retired, and one that rests now and then"
night = 2026-03-20
fires = []
staff = """
user_id,name,department,role,account_type,status,start_date,end_date,patient_id,manager_id,allowed_categories
svc,interface,IT,service,service,left,2020-01-01,2026-03-19,,,
"""
volumes = """
source,start,end,hours,events,user_id
emr,2026-02-20,2026-03-20,0-23,80,
emr,2026-02-20,2026-03-19,6-21,10,svc
emr,2026-02-20,2026-03-10,6-21,10,rare
emr,2026-03-12,2026-03-19,6-21,10,rare
"""

[[example]]
name = "a planned outage of the log"
night = 2026-03-20
fires = []
volumes = """
source,start,end,hours,events,user_id
emr,2026-02-20,2026-03-20,0-23,80,
emr,2026-02-20,2026-03-19,6-21,10,svc
"""
outages = """
source,start,end,reason
emr,2026-03-20 00:00,2026-03-21 00:00,interface moved
"""

[[example]]
name = "an interface known for less than two weeks, and one that writes next to nothing"
night = 2026-03-20
fires = []
volumes = """
source,start,end,hours,events,user_id
emr,2026-02-20,2026-03-20,0-23,80,
emr,2026-03-10,2026-03-19,6-21,10,svc
emr,2026-02-20,2026-03-19,6-9,1,tiny
"""

[[example]]
name = "a person who is off duty"
night = 2026-03-20
fires = []
events = """
event_time,user_id,patient_id,action,category
2026-03-18 09:00:00,n1,p1,view,note
2026-03-19 09:00:00,n1,p1,view,note
2026-03-20 09:00:00,n2,p1,view,note
"""
*/
with written as (
    select source, user_id, business_date, sum(events) as events, max(hour) as last_hour
    from interface_hours
    where business_date <= $night::date
    group by all
),

last_dates as (
    select source, user_id, min(business_date) as first_on, max(business_date) as last_on
    from written
    group by all
),

-- silent since some dates, and not known to have left
silent_accounts as (
    select last_dates.*
    from last_dates
    left join accounts using (user_id)
    where
        last_dates.last_on between $night::date - $told_days and $night::date - 1
        and not coalesce(accounts.has_left, false)
        and coalesce(accounts.status, 'active') = 'active'
),

dates_of_account as (
    select
        silent_accounts.source,
        silent_accounts.user_id,
        silent_accounts.first_on,
        silent_accounts.last_on,
        source_dates.business_date,
        source_dates.day_off,
        source_dates.due,
        source_dates.planned
        or exists (
            select 1
            from planned_silences
            where
                planned_silences.source = source_dates.source
                and planned_silences.starts_at < source_dates.business_date + 1
                and coalesce(planned_silences.ends_at, timestamp 'infinity') > source_dates.business_date
        ) as planned,
        coalesce(written.events, 0) as events,
        source_dates.events - coalesce(written.events, 0) as others
    from silent_accounts
    join source_dates using (source)
    left join written using (source, user_id, business_date)
),

-- what it did before, on dates on which the log had rows; the first and the last date may be half ones
habit_dates as (
    select *
    from dates_of_account
    where
        business_date between first_on + 1 and last_on
        and business_date >= last_on - $history_days
        and others > 0
        and not planned
),

habits as (
    select
        source,
        user_id,
        day_off,
        count(*) as days,
        count(*) filter (events = 0) as silent_days,
        -- of an interface that dwindles, the last week counts
        least(avg(events), avg(events) filter (business_date > last_on - 7)) as mean,
        (count(*) * coalesce(var_samp(events), 0) + avg(events)) / (count(*) + 1) as variance,
        median(others) as others
    from habit_dates
    group by all
),

known_for as (
    select
        source,
        user_id,
        count(*) filter (events > 0) as days,
        count(*) filter (events = 0 and not day_off) as silent_working_days
    from habit_dates
    group by all
),

silent_dates as (
    select
        dates_of_account.*,
        habits.mean,
        ln_chance_of_none(habits.mean, habits.variance) as chance
    from dates_of_account
    join habits using (source, user_id, day_off)
    join known_for using (source, user_id)
    where
        dates_of_account.business_date > dates_of_account.last_on
        and dates_of_account.due
        and not dates_of_account.planned
        -- days off are few: working days must agree
        and habits.silent_days = 0
        and known_for.silent_working_days = 0
        and habits.mean > 0
        and habits.days >= case when dates_of_account.day_off then $min_days_off else $min_days * 5 / 7 end
        and dates_of_account.others >= $going_on_share * habits.others
),

-- who came since, and how much more than usual the other interfaces of the log write
newcomers as (
    select night_events.source, count(*) as events
    from night_events
    join accounts using (user_id)
    where accounts.first_seen_on >= $night::date - $told_days
    group by night_events.source
),

surplus as (
    select source, sum(greatest(tonight - usual, 0)) as events
    from (
        select
            source,
            user_id,
            coalesce(sum(events) filter (business_date = $night::date), 0) as tonight,
            coalesce(median(events) filter (business_date < $night::date - $told_days), 0) as usual
        from written
        where business_date >= $night::date - $history_days
        group by all
    )
    group by source
),

vanished as (
    select
        silent_dates.source,
        silent_dates.user_id,
        silent_dates.last_on,
        any_value(known_for.days) as days,
        sum(silent_dates.mean) as missing
    from silent_dates
    join known_for using (source, user_id)
    left join newcomers using (source)
    left join surplus using (source)
    where known_for.days >= $min_days
    group by silent_dates.source, silent_dates.user_id, silent_dates.last_on
    having
        -- tonight as well
        max(silent_dates.business_date) = (
            select max(business_date) from source_dates
            where source_dates.source = silent_dates.source and source_dates.due
        )
        and sum(silent_dates.mean) >= $min_expected
        and sum(silent_dates.chance) <= ln($max_chance)
        and greatest(coalesce(any_value(newcomers.events), 0), coalesce(any_value(surplus.events), 0))
        < $replaced_share * avg(silent_dates.mean)
)

select
    vanished.source,
    null::varchar[] as event_ids,
    string_agg(vanished.user_id, ', ' order by vanished.user_id) as accounts,
    min(strftime(vanished.last_on, '%Y-%m-%d') || printf(' %02d:00', written.last_hour + 1)) as since,
    strftime($night::date, '%Y-%m-%d') || ' 24:00' as until,
    round(sum(vanished.missing))::bigint as missing,
    min(vanished.days) as days
from vanished
join written
    on
        vanished.source = written.source
        and vanished.user_id = written.user_id
        and vanished.last_on = written.business_date
group by vanished.source
