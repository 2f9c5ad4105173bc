/*
id = "record-enumeration"
version = 4
pattern = "record-enumeration"
severity = "critical"
alert = true
subject = "account"

[title]
zh = "按连续病历号逐个打开"
en = "Records opened by consecutive numbers"

[reason]
zh = "在 {first_at} 至 {last_at} 之间按号码顺序打开 {patients} 份病历（其中 {consecutive} 次与前一份相差不超过 {max_step}），间隔约 {pace} 秒，号码 {first_record} 至 {last_record}"
en = "{patients} records opened in the order of their numbers between {first_at} and {last_at}, {consecutive} steps of at most {max_step}, about every {pace} seconds, numbers {first_record} to {last_record}"

[why]
zh = "诊疗不会按病历号顺序进行，程序抓取才会：深圳 2008 年约 4 万份、某省级接口 2.7 万份记录就是这样流出的。依据：《个人信息保护法》第五十一条、第五十七条；《网络安全法》第二十三条（2026 年以前为第二十一条）。"
en = "Care does not follow record numbers, scraping does: some 40,000 records in Shenzhen 2008 and 27,000 from a provincial interface left this way. Law: PIPL, art. 51 and 57; Cybersecurity Law, art. 23 (art. 21 before 2026)."

[misses]
zh = "号码打乱顺序、速度放得很慢、分散到多个账号的抓取；病历号不含数字。"
en = "Scraping in shuffled order, very slowly, or spread over many accounts; record numbers without digits."

[false_causes]
zh = "批量迁移、数据质量核查（应有审批）；查房按床位顺序、新生儿号码相连（人工速度、有诊疗关系，已排除）；登记窗口连续发号（本账号新建，已排除）。"
en = "Migrations and data-quality jobs (should have an approval); ward rounds in bed order and newborns with adjoining numbers (human pace, care relation: excluded); a registration desk handing out new numbers (created by the account itself: excluded)."

[check]
zh = ["确认该账号当时是否有批量任务或审批", "看抓取的号码范围、来源地址和返回内容", "如无合理解释，立即停用账号并保全日志；按人数估算影响范围"]
en = ["Find out whether a batch job or an approval existed", "Look at the range of numbers, the address and what was returned", "Without an explanation disable the account at once, keep the logs, and count the patients affected"]

[over_dates]
consecutive = "sum"
pace = "range"
first_record = "least"
last_record = "most"

[params]
min_records = 20
window_records = 30
max_step = 2
min_share = 0.6
max_seconds = 60
min_ascending = 40
ascending_share = 0.95
max_gap = 10

[[example]]
name = "an interface account walks through the numbers"
night = 2026-03-02
fires = ["svc"]
events = """
event_time,user_id,patient_id,action,category
2026-03-02 01:00:00,svc,A000101,view,note
2026-03-02 01:00:10,svc,A000102,view,note
2026-03-02 01:00:20,svc,A000103,view,note
2026-03-02 01:00:30,svc,A000104,view,note
2026-03-02 01:00:40,svc,A000105,view,note
2026-03-02 01:00:50,svc,A000106,view,note
2026-03-02 01:01:00,svc,A000107,view,note
2026-03-02 01:01:10,svc,A000109,view,note
2026-03-02 01:01:20,svc,A000110,view,note
2026-03-02 01:01:30,svc,A000111,view,note
2026-03-02 01:01:40,svc,A000112,view,note
2026-03-02 01:01:50,svc,A000113,view,note
2026-03-02 01:02:00,svc,A000114,view,note
2026-03-02 01:02:05,svc,A009114,view,note
2026-03-02 01:02:10,svc,A000115,view,note
2026-03-02 01:02:20,svc,A000116,view,note
2026-03-02 01:02:30,svc,A000117,view,note
2026-03-02 01:02:40,svc,A000118,view,note
2026-03-02 01:02:50,svc,A000119,view,note
2026-03-02 01:03:00,svc,A000120,view,note
2026-03-02 01:03:10,svc,A000121,view,note
2026-03-02 01:03:20,svc,A000122,view,note
"""
staff = """
user_id,department,role,account_type,status
svc,IT,service,service,active
"""

[[example]]
name = "a ward round in bed order over newborns with adjoining numbers; a service that synchronises in random order"
night = 2026-03-02
fires = []
events = """
event_time,user_id,patient_id,action,category
2026-03-02 08:00:00,n1,7001,view,newborn
2026-03-02 08:02:00,n1,7002,view,newborn
2026-03-02 08:04:00,n1,7003,view,newborn
2026-03-02 08:06:00,n1,7005,view,newborn
2026-03-02 08:08:00,n1,7006,view,newborn
2026-03-02 08:10:00,n1,7008,view,newborn
2026-03-02 08:12:00,n1,7009,view,newborn
2026-03-02 08:14:00,n1,7010,view,newborn
2026-03-02 08:16:00,n1,7011,view,newborn
2026-03-02 08:18:00,n1,7013,view,newborn
2026-03-02 08:20:00,n1,7014,view,newborn
2026-03-02 08:22:00,n1,7015,view,newborn
2026-03-02 08:24:00,n1,7016,view,newborn
2026-03-02 08:26:00,n1,7018,view,newborn
2026-03-02 08:28:00,n1,7019,view,newborn
2026-03-02 08:30:00,n1,7020,view,newborn
2026-03-02 08:32:00,n1,7022,view,newborn
2026-03-02 08:34:00,n1,7023,view,newborn
2026-03-02 08:36:00,n1,7024,view,newborn
2026-03-02 08:38:00,n1,7025,view,newborn
2026-03-02 08:40:00,n1,7026,view,newborn
2026-03-02 08:42:00,n1,7027,view,newborn
2026-03-02 08:44:00,n1,7028,view,newborn
2026-03-02 08:46:00,n1,7029,view,newborn
2026-03-02 01:00:00,svc,5020,view,result
2026-03-02 01:00:05,svc,5003,view,result
2026-03-02 01:00:10,svc,5017,view,result
2026-03-02 01:00:15,svc,5008,view,result
2026-03-02 01:00:20,svc,5012,view,result
2026-03-02 01:00:25,svc,5001,view,result
2026-03-02 01:00:30,svc,5019,view,result
2026-03-02 01:00:35,svc,5006,view,result
2026-03-02 01:00:40,svc,5015,view,result
2026-03-02 01:00:45,svc,5010,view,result
2026-03-02 01:00:50,svc,5004,view,result
2026-03-02 01:00:55,svc,5018,view,result
2026-03-02 01:01:00,svc,5002,view,result
2026-03-02 01:01:05,svc,5013,view,result
2026-03-02 01:01:10,svc,5007,view,result
2026-03-02 01:01:15,svc,5016,view,result
2026-03-02 01:01:20,svc,5009,view,result
2026-03-02 01:01:25,svc,5005,view,result
2026-03-02 01:01:30,svc,5014,view,result
2026-03-02 01:01:35,svc,5011,view,result
2026-03-02 01:01:40,svc,5000,view,result
"""
staff = """
user_id,department,role,account_type,status
n1,NEO,nurse,human,active
svc,LAB,service,service,active
"""

[[example]]
name = "the registration desk hands out new numbers"
night = 2026-03-02
fires = []
events = """
event_time,user_id,patient_id,action,category
2026-03-02 08:00:00,c1,9001,create,demographics
2026-03-02 08:01:00,c1,9002,create,demographics
2026-03-02 08:02:00,c1,9003,create,demographics
2026-03-02 08:03:00,c1,9004,create,demographics
2026-03-02 08:04:00,c1,9005,create,demographics
2026-03-02 08:05:00,c1,9006,create,demographics
2026-03-02 08:06:00,c1,9007,create,demographics
2026-03-02 08:07:00,c1,9008,create,demographics
2026-03-02 08:08:00,c1,9009,create,demographics
2026-03-02 08:09:00,c1,9010,create,demographics
2026-03-02 08:10:00,c1,9011,create,demographics
2026-03-02 08:11:00,c1,9012,create,demographics
2026-03-02 08:12:00,c1,9013,create,demographics
2026-03-02 08:13:00,c1,9014,create,demographics
2026-03-02 08:14:00,c1,9015,create,demographics
2026-03-02 08:15:00,c1,9016,create,demographics
2026-03-02 08:16:00,c1,9017,create,demographics
2026-03-02 08:17:00,c1,9018,create,demographics
2026-03-02 08:18:00,c1,9019,create,demographics
2026-03-02 08:19:00,c1,9020,create,demographics
2026-03-02 08:20:00,c1,9021,create,demographics
2026-03-02 08:21:00,c1,9022,create,demographics
"""

[[example]]
name = "no staff table: a person's account that clicks through strangers' numbers; numbers that are none"
night = 2026-03-02
fires = ["u1"]
events = """
event_time,user_id,patient_id,action,category
2026-03-02 20:00:00,u1,301,view,demographics
2026-03-02 20:00:20,u1,302,view,demographics
2026-03-02 20:00:40,u1,303,view,demographics
2026-03-02 20:01:00,u1,304,view,demographics
2026-03-02 20:01:20,u1,305,view,demographics
2026-03-02 20:01:40,u1,306,view,demographics
2026-03-02 20:02:00,u1,307,view,demographics
2026-03-02 20:02:20,u1,308,view,demographics
2026-03-02 20:02:40,u1,309,view,demographics
2026-03-02 20:03:00,u1,310,view,demographics
2026-03-02 20:03:20,u1,311,view,demographics
2026-03-02 20:03:40,u1,312,view,demographics
2026-03-02 20:04:00,u1,313,view,demographics
2026-03-02 20:04:20,u1,314,view,demographics
2026-03-02 20:04:40,u1,315,view,demographics
2026-03-02 20:05:00,u1,316,view,demographics
2026-03-02 20:05:20,u1,317,view,demographics
2026-03-02 20:05:40,u1,318,view,demographics
2026-03-02 20:06:00,u1,319,view,demographics
2026-03-02 20:06:20,u1,320,view,demographics
2026-03-02 20:06:40,u1,321,view,demographics
2026-03-02 20:07:00,u1,322,view,demographics
2026-03-02 20:07:00,u2,无名氏,view,demographics
2026-03-02 20:07:10,u2,甲,view,demographics
"""
*/
with created_by_self as (
    select distinct user_id, patient_id
    from night_events
    where action = 'create' and patient_id is not null
),

-- people open the records of those they care for in whatever order the list shows; programs have no such excuse, and
-- neither has habit or an office that may open every record
cared_for as (
    select user_id, patient_id
    from night_patient_days
    where
        account_type = 'human'
        and (wrote or explanation not in ('habit', 'own_writing', 'approval', 'office_task', 'follow_up'))
),

opened as (
    select
        user_id,
        patient_id,
        min(local_time) as opened_at,
        arg_min(event_id, (local_time, event_id)) as event_id,
        regexp_extract(patient_id, '^(.*?)([0-9]{1,15})([^0-9]*)$', 1)
            || '#'
            || regexp_extract(patient_id, '^(.*?)([0-9]{1,15})([^0-9]*)$', 3) as series,
        try_cast(regexp_extract(patient_id, '^(.*?)([0-9]{1,15})([^0-9]*)$', 2) as bigint) as number
    from night_events
    anti join created_by_self using (user_id, patient_id)
    anti join cared_for using (user_id, patient_id)
    where patient_id is not null and is_access
    group by user_id, patient_id
),

-- the nearest of the three records opened before: other work or a second thread of the program may come between
steps as (
    select
        *,
        least(
            case when number > lag(number, 1) over in_order then number - lag(number, 1) over in_order end,
            case when number > lag(number, 2) over in_order then number - lag(number, 2) over in_order end,
            case when number > lag(number, 3) over in_order then number - lag(number, 3) over in_order end
        ) as step,
        coalesce(number > lag(number) over in_order and number - lag(number) over in_order <= $max_gap, false)::integer
            as ascending,
        date_diff('second', lag(opened_at) over in_order, opened_at) as seconds
    from opened
    where number is not null
    window in_order as (partition by user_id, series order by opened_at, number)
),

windows as (
    select
        *,
        count(*) over last_records as in_window,
        count(*) filter (step <= $max_step) over last_records as consecutive,
        sum(ascending) over last_ascending as ascending_in_window,
        min(opened_at) over last_records as from_at,
        quantile_disc(seconds, 0.5) filter (step <= $max_step or ascending = 1) over last_records as pace
    from steps
    window
        last_records as (
            partition by user_id, series order by opened_at, number
            rows between $window_records - 1 preceding and current row
        ),
        last_ascending as (
            partition by user_id, series order by opened_at, number
            rows between $min_ascending - 1 preceding and current row
        )
),

judged as (
    select
        windows.*,
        coalesce(
            -- a program's numbers tell at any pace, a person's only where nobody could read what was opened
            (accounts.account_type <> 'human' or pace <= $max_seconds)
            and (
                (consecutive + 1 >= $min_records and consecutive >= $min_share * in_window)
                or ascending_in_window >= $ascending_share * $min_ascending
            ),
            false
        ) as telling
    from windows
    join accounts on windows.user_id = accounts.user_id
),

run_records as (
    select
        *,
        bool_or(telling) over (
            partition by user_id, series order by opened_at, number
            rows between current row and greatest($window_records, $min_ascending) - 1 following
        ) as in_telling_window
    from judged
    qualify in_telling_window and (step <= $max_step or ascending = 1)
),

best_series as (
    select distinct on (user_id)
        user_id,
        series
    from run_records
    group by user_id, series
    order by user_id, count(*) desc, series
)

select
    run_records.user_id,
    list(run_records.event_id) as event_ids,
    count(*) filter (run_records.step <= $max_step) as consecutive,
    any_value($max_step) as max_step,
    quantile_disc(run_records.seconds, 0.5) as pace,
    arg_min(run_records.patient_id, run_records.number) as first_record,
    arg_max(run_records.patient_id, run_records.number) as last_record
from run_records
semi join best_series using (user_id, series)
group by run_records.user_id
