/*
id = "clock-set-back"
version = 1
pattern = "log-gap"
severity = "high"
alert = true
subject = "source"

[title]
zh = "日志时钟倒退"
en = "The clock of a log was set back"

[reason]
zh = "来源 {source} 的日志在 {before} 之后倒退到 {after}，此后又有 {rows} 行、{accounts} 个账号，其中 {again} 个在这段时间已写过；此前 {days} 天中倒退过的有 {days_back} 天"
en = "Source {source} goes back from {before} to {after}; {rows} rows of {accounts} accounts follow from there, {again} of whom had written in that time before. Of {days} dates before, {days_back} went back"

[why]
zh = "时钟被拨回后写下的日志，时间不可信：查阅会落到别的班次，或与真正的时间混在一起。依据：《网络安全法》第二十三条（2026 年以前为第二十一条）（留存日志）；GB/T 22239-2019 安全审计（审计记录的时间由唯一确定的时钟产生）。"
en = "What is written after a clock was set back has wrong times: an access falls into another shift, or is mixed with what really happened then. Law: Cybersecurity Law, art. 23 (art. 21 before 2026) (keep logs); GB/T 22239-2019, audit records take their time from one certain clock."

[misses]
zh = "不足一小时的倒退；时钟拨快（按日志中断提示）；倒退到前一天（那些行归入前一天）；不按时间顺序写入、或倒退本属平常的日志；三个以下账号；夏令时结束的那天；来源的最初两周。"
en = "Less than an hour; a clock that is set forward (told as a gap); a clock set back to another date (its rows belong to that); logs not in order of time, or that go back now and then; fewer than three accounts; the date on which summer time ends; the first two weeks of a source."

[false_causes]
zh = "服务器对时、更换主板电池或时区设置；两台服务器的日志并入一个文件；补送的行接在文件末尾。"
en = "A server that was synchronised or given another time zone; logs of two servers in one file; rows delivered later at the end of a file."

[check]
zh = ["向信息科核对该服务器的对时与维护记录", "与其他来源同一时段的记录对照，算出真正的时间", "无合理原因的，保全系统日志并查谁改了时钟"]
en = ["Compare with IT's record of time synchronisation and maintenance", "Compare with other logs of the same time to find the true one", "Without a reason keep the system logs and find out who set the clock"]

[params]
history_days = 28
min_days = 14
min_share_in_order = 0.99
tolerated_days = 2
min_accounts = 3
min_share_again = 0.5
max_share_repeated = 0.2

[[example]]
name = "a clock goes back by two hours while people work on"
night = 2026-03-20
fires = ["emr"]
orders = """
source,start,end,followed,in_order,set_back
emr,2026-03-01,2026-03-19,500,500,0
"""
events = """
event_time,user_id,patient_id,action,source
2026-03-20 08:00:00,n1,p1,view,emr
2026-03-20 08:20:00,n2,p1,view,emr
2026-03-20 09:00:00,n3,p2,view,emr
2026-03-20 10:00:00,n1,p1,view,emr
2026-03-20 08:01:00,n2,p2,view,emr
2026-03-20 08:30:00,n1,p1,view,emr
2026-03-20 09:05:00,n3,p2,view,emr
2026-03-20 10:05:00,n3,p2,view,emr
"""

[[example]]
name = "rows of a cut-off ward delivered later, a part of a file that comes twice, a log that often goes back"
night = 2026-03-20
fires = []
orders = """
source,start,end,followed,in_order,set_back
emr,2026-03-01,2026-03-19,500,500,0
his,2026-03-01,2026-03-19,500,500,0
lab,2026-03-01,2026-03-19,500,499,1
"""
events = """
event_time,user_id,patient_id,action,source
2026-03-20 08:00:00,n1,p1,view,emr
2026-03-20 10:00:00,n1,p1,view,emr
2026-03-20 08:01:00,w1,p2,view,emr
2026-03-20 08:30:00,w2,p1,view,emr
2026-03-20 09:05:00,w3,p2,view,emr
2026-03-20 10:05:00,n1,p2,view,emr
2026-03-20 08:00:00,n1,p1,view,his
2026-03-20 08:20:00,n2,p1,view,his
2026-03-20 09:00:00,n3,p2,view,his
2026-03-20 08:00:00,n1,p1,view,his
2026-03-20 08:20:00,n2,p1,view,his
2026-03-20 09:00:00,n3,p2,view,his
2026-03-20 08:00:00,n1,p1,view,lab
2026-03-20 08:20:00,n2,p1,view,lab
2026-03-20 09:00:00,n3,p2,view,lab
2026-03-20 08:01:00,n1,p1,view,lab
2026-03-20 08:21:00,n2,p1,view,lab
2026-03-20 09:01:00,n3,p2,view,lab
"""

[[example]]
name = "the hour that comes twice in autumn; less than two weeks of history"
night = 2026-10-25
timezone = "Europe/Berlin"
fires = []
orders = """
source,start,end,followed,in_order,set_back
emr,2026-10-01,2026-10-24,500,500,0
new,2026-10-15,2026-10-24,500,500,0
"""
events = """
event_time,user_id,patient_id,action,source
2026-10-25 02:00:00,n1,p1,view,emr
2026-10-25 02:20:00,n2,p1,view,emr
2026-10-25 02:40:00,n3,p1,view,emr
2026-10-25 03:00:00,n3,p1,view,emr
2026-10-25 02:00:10,n1,p1,view,emr
2026-10-25 02:20:10,n2,p1,view,emr
2026-10-25 02:40:10,n3,p1,view,emr
2026-10-25 08:00:00,n1,p1,view,new
2026-10-25 08:20:00,n2,p1,view,new
2026-10-25 09:00:00,n3,p2,view,new
2026-10-25 07:01:00,n1,p1,view,new
2026-10-25 07:21:00,n2,p1,view,new
2026-10-25 08:01:00,n3,p2,view,new
"""
*/
with dates_before as (
    select
        source,
        business_date,
        sum(followed) as followed,
        sum(in_order) as in_order,
        sum(set_back) as set_back
    from source_orders
    where business_date between $night::date - $history_days and $night::date - 1
    group by all
),

habits as (
    select source, count(*) as days, count(*) filter (set_back > 0) as days_back
    from dates_before
    where followed > 0
    group by source
    having
        count(*) >= $min_days
        and sum(in_order) >= $min_share_in_order * sum(followed)
        and count(*) filter (set_back > 0) <= $tolerated_days
),

told as (
    select clock_steps.*, habits.days, habits.days_back
    from clock_steps
    join habits using (source)
    where
        clock_steps.accounts >= $min_accounts
        and clock_steps.again >= $min_share_again * clock_steps.accounts
        and clock_steps.repeated <= $max_share_repeated * clock_steps.events
        -- no hour comes twice on this date
        and timezone($timezone, $night::timestamp + interval 24 hour) - timezone($timezone, $night::timestamp)
        <= interval 24 hour
    qualify row_number() over (partition by clock_steps.source order by clock_steps.events desc, clock_steps.before_id) = 1
)

select
    source,
    [before_id, after_id] as event_ids,
    before_at as before,
    after_at as after,
    events as rows,
    accounts,
    again,
    days,
    days_back
from told
