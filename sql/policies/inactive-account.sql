/*
id = "inactive-account"
version = 4
pattern = "inactive-account"
severity = "high"
alert = true
subject = "account"

[title]
zh = "离职或长期停用的账号再次使用"
en = "Account of someone who left, or long unused, is active again"

[reason]
zh = "{last_day_of}是 {last_day}，此后该账号又有 {events} 条操作记录（不含退出），涉及 {patients} 名患者，首次 {first_at}"
en = "The {last_day_of} was {last_day}, yet the account now has {events} events (log-outs left out) on {patients} patients, first at {first_at}"

[why]
zh = "离职者账号未停用或被他人借用，是院内病历外泄的老路。依据：《网络安全法》第二十三条（2026 年以前为第二十一条）；《个人信息保护法》第五十一条（合理确定操作权限）；HIPAA 45 CFR 164.308(a)(3)(ii)(C) 终止访问程序。"
en = "Leavers' accounts that were never disabled, or that others borrow, are an old way out for records. Law: Cybersecurity Law, art. 23 (art. 21 before 2026); PIPL, art. 51 (permissions); HIPAA 45 CFR 164.308(a)(3)(ii)(C), termination procedures."

[misses]
zh = "人员表未登记离职；长期停用的判断需要 90 天以上的历史；只有失败的登录不算使用。"
en = "Leavers whom the staff table does not know; long disuse needs more than 90 days of history; failed log-ins alone are no use."

[false_causes]
zh = "返聘或产假返岗而人事数据滞后；离职当晚的夜班（已排除：班次始于离职日）。"
en = "Rehired or back from leave while the staff table lags; the night shift begun on the last day (excluded: the shift started before the end)."

[check]
zh = ["向人事核实离职、返聘或休假日期", "核对登录地点与使用人", "确认后立即停用账号，并查其打开的病历"]
en = ["Ask HR for the dates of leaving, rehiring or leave", "Establish from where and by whom the account was used", "Disable the account at once and review the records it opened"]

[over_dates]
last_day = "least"

[params]
dormant_days = 90
overrun_hours = 2
handover_hours = 12
unknown_end_gap_days = 3
explained_share = 0.5

[[example]]
name = "a leaver's account opens records four days later"
night = 2026-03-02
fires = ["n1"]
events = """
event_time,user_id,patient_id,action,category
2026-03-02 20:00:00,n1,,login,
2026-03-02 20:01:00,n1,p1,view,note
2026-03-02 20:01:00,n2,p1,view,note
"""
staff = """
user_id,department,role,account_type,status,start_date,end_date
n1,PED,nurse,human,left,2020-01-01,2026-02-26
n2,PED,nurse,human,active,2020-01-01,
"""

[[example]]
name = "the night shift begun on the last day ends the next morning"
night = 2026-03-02
fires = []
events = """
event_time,user_id,patient_id,action,category
2026-03-01 23:00:00,n1,p1,view,note
2026-03-02 06:30:00,n1,p1,update,note
2026-03-02 08:40:00,n1,,logout,
2026-03-01 22:50:00,n2,p1,view,note
2026-03-02 06:30:00,n2,p1,update,note
"""
staff = """
user_id,department,role,account_type,status,start_date,end_date
n1,PED,nurse,human,left,2020-01-01,2026-03-01
n2,PED,nurse,human,left,2020-01-01,2026-03-01
"""
roster = """
user_id,start,end
n1,2026-03-01 22:00:00,2026-03-02 07:30:00
n1,2026-03-03 22:00:00,2026-03-04 07:30:00
"""

[[example]]
name = "the same account the evening after the last night shift"
night = 2026-03-02
fires = ["n1"]
events = """
event_time,user_id,patient_id,action,category
2026-03-01 23:00:00,n1,p1,view,note
2026-03-02 06:30:00,n1,p1,update,note
2026-03-02 19:30:00,n1,p2,view,note
"""
staff = """
user_id,department,role,account_type,status,start_date,end_date
n1,PED,nurse,human,left,2020-01-01,2026-03-01
"""
roster = """
user_id,start,end
n1,2026-03-01 22:00:00,2026-03-02 07:30:00
"""

[[example]]
name = "rehired: a newer staff row; and refused log-ins of a leaver"
night = 2026-03-02
fires = []
events = """
event_time,user_id,patient_id,action,category,outcome
2026-03-02 10:00:00,n1,p1,view,note,success
2026-03-02 10:00:00,n2,,login,,failure
2026-03-02 10:00:10,n2,,login,,failure
"""
staff = """
user_id,department,role,account_type,status,start_date,end_date
n1,PED,nurse,human,left,2020-01-01,2025-12-31
n1,OB,nurse,human,active,2026-03-01,
n2,OB,nurse,human,left,2020-01-01,2026-01-31
"""

[[example]]
name = "unused for more than 90 days, then strangers' records"
night = 2026-03-02
fires = ["n1"]
events = """
event_time,user_id,patient_id,action,category
2025-11-01 10:00:00,n1,p9,view,note
2026-03-02 10:00:00,n1,p1,view,demographics
2026-03-02 10:05:00,n1,p2,view,demographics
"""
staff = """
user_id,department,role,account_type,status
n1,PED,nurse,human,active
"""

[[example]]
name = "back from maternity leave: on the roster, with own patients; and a new account"
night = 2026-03-02
fires = []
events = """
event_time,user_id,patient_id,action,category
2025-11-01 10:00:00,n1,p9,view,note
2026-03-02 10:00:00,n1,p1,view,note
2026-03-02 10:00:00,n2,p1,view,note
"""
staff = """
user_id,department,role,account_type,status
n1,PED,nurse,human,active
n2,PED,nurse,human,active
"""
roster = """
user_id,start,end
n1,2026-03-02 08:00:00,2026-03-02 17:00:00
"""

[[example]]
name = "no staff table, history shorter than 90 days"
night = 2026-03-02
fires = []
events = """
event_time,user_id,patient_id,action,category
2026-01-15 10:00:00,n1,p9,view,note
2026-03-02 10:00:00,n1,p1,view,note
"""
*/
with ended_accounts as (
    select
        user_id,
        left_at,
        coalesce((left_at - interval 1 second)::date, last_seen_on) as last_day,
        case when left_at is null then 'use' else 'duty' end as last_day_of
    from accounts
    where
        left_at is not null
        -- left, nobody knows when: only a pause tells that the person is gone
        or (has_left and coalesce(last_seen_on < $night::date - $unknown_end_gap_days, true))
),

last_shifts as (
    select roster.user_id, max(roster.ends_at) + to_hours($overrun_hours) as until_at
    from roster
    join ended_accounts on roster.user_id = ended_accounts.user_id
    where
        -- a shift that begins at midnight sharp is the night shift of the last day
        roster.starts_at <= ended_accounts.left_at
        and roster.starts_at >= ended_accounts.left_at - interval 2 day
    group by roster.user_id
),

last_hours as (
    select recent_patient_days.user_id, ended_accounts.left_at + to_hours($handover_hours) as until_at
    from recent_patient_days
    join ended_accounts on recent_patient_days.user_id = ended_accounts.user_id
    where
        recent_patient_days.last_at between ended_accounts.left_at - interval 4 hour and ended_accounts.left_at
    group by all
),

leaver_events as (
    select night_events.*, ended_accounts.last_day, ended_accounts.last_day_of
    from night_events
    join ended_accounts on night_events.user_id = ended_accounts.user_id
    left join last_shifts on night_events.user_id = last_shifts.user_id
    left join last_hours on night_events.user_id = last_hours.user_id
    where
        night_events.local_time >= greatest(
            ended_accounts.left_at, last_shifts.until_at, last_hours.until_at, timestamp '-infinity'
        )
),

judged as (
    select user_id, count(*) filter (explanation not in ('habit', 'own_writing', 'approval')) / count(*) as explained_share
    from night_patient_days
    group by user_id
),

dormant_accounts as (
    select accounts.user_id, accounts.last_seen_on
    from accounts
    left join judged on accounts.user_id = judged.user_id
    where
        accounts.account_type = 'human'
        and accounts.last_seen_on < $night::date - $dormant_days
        and coalesce(judged.explained_share < $explained_share, true)
        and accounts.user_id not in (
            select roster.user_id
            from roster
            where roster.starts_at < $night::date + interval 1 day and roster.ends_at > $night::date
        )
        and accounts.user_id not in (
            select staff.user_id
            from staff
            where staff.starts_at > accounts.last_seen_on and staff.starts_at < $night::date + interval 1 day
        )
        and accounts.user_id not in (select ended_accounts.user_id from ended_accounts)
),

dormant_events as (
    select night_events.*, dormant_accounts.last_seen_on as last_day, 'use' as last_day_of
    from night_events
    join dormant_accounts using (user_id)
),

inactive_events as (
    from leaver_events
    union all by name
    from dormant_events
)

select
    user_id,
    list(event_id) as event_ids,
    max(last_day) as last_day,
    max(last_day_of) as last_day_of
from inactive_events
where outcome = 'success' and action not in ('logout', 'other')
group by user_id
