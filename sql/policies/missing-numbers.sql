/*
id = "missing-numbers"
version = 2
pattern = "log-gap"
severity = "high"
alert = true
subject = "source"

[title]
zh = "日志编号缺失"
en = "Numbers missing in a log"

[reason]
zh = "来源 {source} 的日志行连续编号，{since} 至 {until} 之间有 {places} 处共缺失 {missing} 个编号；此前 {days} 天（两天除外）每天至多缺失 {most} 个"
en = "Source {source} numbers its rows one after another; {missing} numbers are missing in {places} places between {since} and {until}. On {days} dates before, two apart, {most} were missing at most"

[why]
zh = "日志行写入时依次取号；号码断开，说明这些行没有送来或事后被删除：可能是采集遗漏，也可能是为掩盖查阅。依据：《网络安全法》第二十三条（2026 年以前为第二十一条；留存日志并防止删改）；GB/T 22239-2019 安全审计（避免审计记录受到未预期的删除）。"
en = "Each row takes the next number when it is written; where numbers are missing, rows were never delivered or were deleted later: by an oversight, perhaps, or to hide an access. Law: Cybersecurity Law, art. 23 (art. 21 before 2026; keep logs and protect them); GB/T 22239-2019, protection of audit records from deletion."

[misses]
zh = "日志不带连续编号，或平时断号的行对超过二十分之一；一天缺失不足 40 个；编号在一天的开头、结尾或跨零点缺失；删除后重新编号；一处缺失远多于当时能写入的行数（与数据库重启的跳号无法区分）；来源的最初两周。"
en = "Logs without running numbers, or with breaks in one of twenty; fewer than 40 numbers on a date; numbers missing at the begin or end of a date or over midnight; rows numbered anew after the deletion; places with far more numbers than rows could be written meanwhile (a restart of the database looks the same); the first two weeks of a source."

[false_causes]
zh = "数据库重启丢弃了预留的编号（SQL Server 一次 1,000 或 10,000 个，Oracle 为序列缓存，PostgreSQL 至多 32 个）；大量事务回滚；导出条件改变而略去部分行；部分行还没有送来（补齐后重新运行）。"
en = "A restarted database that dropped numbers set aside (SQL Server 1,000 or 10,000, Oracle its cache, PostgreSQL up to 32); many transactions rolled back; an export that began to leave rows out; rows that have not arrived yet (deliver them, run again)."

[check]
zh = ["在日志原表中按编号查找缺失的行，看是否导出时略去", "请信息科核对数据库重启、回滚和数据清理的时间", "在备份或数据库归档日志中找出缺失的行，看属于谁", "无合理原因的，保全日志与备份，并查这段时间谁有数据库管理权限"]
en = ["Look the numbers up in the log's own table: the export may have left rows out", "Compare with IT's record of restarts, rollbacks and purges of the database", "Find the missing rows in a backup or the database's own journal, and see whose they are", "Without a reason keep logs and backups, and find out who could administer the database meanwhile"]

[over_dates]
missing = "sum"
places = "sum"
since = "least"
until = "most"
most = "most"

[params]
history_days = 28
min_days = 14
min_share = 0.95
min_missing = 40
times_worst = 5
tolerated_days = 2

[[example]]
name = "an hour deleted in a log that counts on; another log, in which numbers are missing every day"
night = 2026-03-20
fires = ["emr"]
orders = """
source,start,end,numbered,consecutive,missing
emr,2026-03-01,2026-03-19,500,499,1
his,2026-03-01,2026-03-19,500,480,60
"""
events = """
event_id,event_time,user_id,patient_id,action,source
101,2026-03-20 08:00:00,n1,p1,view,emr
102,2026-03-20 08:01:00,n1,p1,view,emr
103,2026-03-20 08:02:00,n2,p2,view,emr
104,2026-03-20 08:03:00,n1,p1,view,emr
165,2026-03-20 09:03:00,n2,p2,view,emr
166,2026-03-20 09:04:00,n1,p1,view,emr
167,2026-03-20 09:05:00,n2,p2,view,emr
101,2026-03-20 08:00:00,n1,p1,view,his
102,2026-03-20 08:01:00,n1,p1,view,his
163,2026-03-20 09:02:00,n2,p2,view,his
164,2026-03-20 09:03:00,n2,p2,view,his
"""

[[example]]
name = "a restarted database jumps to another number; ids that are no running numbers; a planned outage"
night = 2026-03-20
fires = []
orders = """
source,start,end,numbered,consecutive,missing
emr,2026-03-01,2026-03-19,500,500,0
his,2026-03-01,2026-03-19,500,20,90000
lab,2026-03-01,2026-03-19,500,500,0
"""
outages = """
source,start,end,reason
lab,2026-03-20 08:00,2026-03-20 09:00,upgrade
"""
events = """
event_id,event_time,user_id,patient_id,action,source
L101,2026-03-20 08:00:00,n1,p1,view,emr
L102,2026-03-20 08:01:00,n1,p1,view,emr
L1103,2026-03-20 08:04:00,n2,p2,view,emr
L1104,2026-03-20 08:05:00,n2,p2,view,emr
90101,2026-03-20 08:00:00,n1,p1,view,his
90777,2026-03-20 08:01:00,n1,p1,view,his
99102,2026-03-20 08:04:00,n2,p2,view,his
101,2026-03-20 08:00:00,n1,p1,view,lab
102,2026-03-20 08:01:00,n1,p1,view,lab
170,2026-03-20 09:02:00,n2,p2,view,lab
171,2026-03-20 09:03:00,n2,p2,view,lab
"""

[[example]]
name = "less than two weeks of history, and rows without ids"
night = 2026-03-20
fires = []
orders = """
source,start,end,numbered,consecutive,missing
emr,2026-03-10,2026-03-19,500,500,0
"""
events = """
event_id,event_time,user_id,patient_id,action,source
101,2026-03-20 08:00:00,n1,p1,view,emr
102,2026-03-20 08:01:00,n1,p1,view,emr
163,2026-03-20 09:02:00,n2,p2,view,emr
,2026-03-20 09:02:00,n2,p2,view,his
"""
*/
with holes as (
    select *
    from number_holes
    where
        not jump
        and not exists (
            select 1
            from planned_silences
            where
                planned_silences.source = number_holes.source
                and planned_silences.starts_at < number_holes.ends_at
                and coalesce(planned_silences.ends_at, timestamp 'infinity') > number_holes.starts_at
        )
),

dates_before as (
    select
        source,
        business_date,
        sum(numbered) as numbered,
        sum(consecutive) as consecutive,
        sum(missing) as missing
    from source_orders
    where business_date between $night::date - $history_days and $night::date - 1
    group by all
),

habits as (
    select
        source,
        count(*) as days,
        -- the worst but for a few, which may be what this is about
        (list(missing order by missing desc))[1 + $tolerated_days] as most
    from dates_before
    where numbered > 0
    group by source
    having count(*) >= $min_days and sum(consecutive) >= $min_share * sum(numbered)
)

select
    holes.source,
    flatten(list([holes.before_id, holes.after_id] order by holes.missing desc, holes.before_id)) as event_ids,
    sum(holes.missing)::bigint as missing,
    count(*) as places,
    min(holes.starts_at) as since,
    max(holes.ends_at) as until,
    any_value(habits.days) as days,
    any_value(habits.most)::bigint as most
from holes
join habits using (source)
group by holes.source
having sum(holes.missing) >= greatest($min_missing, $times_worst * any_value(habits.most))
