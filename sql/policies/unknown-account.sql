/*
id = "unknown-account"
version = 3
pattern = "unknown-account"
severity = "high"
alert = true
subject = "account"

[title]
zh = "人员表中没有的账号打开病历"
en = "An account that is on no staff list opens records"

[reason]
zh = "人员表没有此账号，它却有 {events} 条操作，涉及 {patients} 名患者，首次 {first_at}；此前 28 天在用的 {active} 个账号中，人员表有 {known} 个"
en = "The staff table does not have this account, yet it has {events} events on {patients} patients, first at {first_at}; of the {active} accounts in use in the 28 days before, the table has {known}"

[why]
zh = "无人对应的账号查阅病历，无法追责：可能是私建、测试或遗留账号，也可能是人员表未更新。依据：《网络安全法》第二十三条（2026 年以前为第二十一条）；《个人信息保护法》第五十一条（合理确定操作权限）；HIPAA 45 CFR 164.312(a)(2)(i) 唯一用户标识。"
en = "Nobody answers for what an account without a holder opens: it may have been made on the side, for tests, or left over, or the staff table lags. Law: Cybersecurity Law, art. 23 (21 before 2026); PIPL, art. 51 (permissions); HIPAA 45 CFR 164.312(a)(2)(i), unique user identification."

[misses]
zh = "没有人员表；人员表只有不到 95% 的在用账号，且缺两个以上；在 [detection] staff_lag_days 期限内的新账号；没有指明患者的操作。"
en = "No staff table; a table with under 95 % of the accounts in use, two or more lacking; accounts newer than [detection] staff_lag_days; events that name no patient."

[false_causes]
zh = "新入职、进修、规培人员的账号先于人员表启用（可设 staff_lag_days）；接口、自助机等系统账号未登记；编号写法与人员表不同。"
en = "Joiners, trainees and visiting staff whose account precedes the table (see staff_lag_days); interfaces and kiosks that nobody listed; an identifier written otherwise than in the table."

[check]
zh = ["向信息科查明账号由谁、何时、为何开设", "向人事核实是否新入职或外来人员，补入人员表", "查不到持有人的，先停用，再查其打开的病历"]
en = ["Ask IT who made the account, when and what for", "Ask HR whether the holder is a joiner or a visitor; add the row to the staff table", "Where no holder is found disable the account, then review the records it opened"]

[over_dates]
known = "newest"
active = "newest"

[params]
known_share = 0.95
recent_days = 28

[[example]]
name = "an account that nobody knows, seen for the first time; two that the table has"
night = 2026-03-02
fires = ["x9"]
events = """
event_time,user_id,patient_id,action,category
2026-03-01 09:00:00,n1,p1,view,note
2026-03-01 09:00:00,n2,p2,view,note
2026-03-02 10:00:00,n1,p1,view,note
2026-03-02 10:00:00,x9,p1,view,demographics
2026-03-02 10:01:00,x9,p2,view,demographics
"""
staff = """
user_id,department,role,account_type,status
n1,PED,nurse,human,active
n2,PED,nurse,human,active
"""

[[example]]
name = "two strangers on their first day: neither speaks against the table"
night = 2026-03-02
fires = ["x8", "x9"]
events = """
event_time,user_id,patient_id,action,category
2026-03-01 09:00:00,n1,p1,view,note
2026-03-02 10:00:00,x8,p1,view,demographics
2026-03-02 10:00:00,x9,p1,view,demographics
"""
staff = """
user_id,department,role,account_type,status
n1,PED,nurse,human,active
"""

[[example]]
name = "the same account a week later, still on no list"
night = 2026-03-09
fires = ["x9"]
events = """
event_time,user_id,patient_id,action,category
2026-03-02 10:00:00,n1,p1,view,note
2026-03-02 10:00:00,x9,p1,view,note
2026-03-09 10:00:00,x9,p1,view,note
"""
staff = """
user_id,department,role,account_type,status
n1,PED,nurse,human,active
"""

[[example]]
name = "a table that lacks two of five accounts says nothing about a third"
night = 2026-03-02
fires = []
events = """
event_time,user_id,patient_id,action,category
2026-03-01 09:00:00,n1,p1,view,note
2026-03-01 09:00:00,n2,p1,view,note
2026-03-01 09:00:00,n3,p1,view,note
2026-03-01 09:00:00,x1,p1,view,note
2026-03-01 09:00:00,x2,p1,view,note
2026-03-02 10:00:00,x9,p1,view,demographics
"""
staff = """
user_id,department,role,account_type,status
n1,PED,nurse,human,active
n2,PED,nurse,human,active
n3,PED,nurse,human,active
"""

[[example]]
name = "no records opened: log-ins, a refused page, a page without patient; a leaver is another matter"
night = 2026-03-02
fires = []
events = """
event_time,user_id,patient_id,action,category,outcome
2026-03-01 09:00:00,n1,p1,view,note,success
2026-03-02 10:00:00,x9,,login,,success
2026-03-02 10:00:10,x9,p1,view,note,failure
2026-03-02 10:00:20,x9,,view,list,success
2026-03-02 10:00:20,n2,p1,view,note,success
"""
staff = """
user_id,department,role,account_type,status,start_date,end_date
n1,PED,nurse,human,active,2020-01-01,
n2,PED,nurse,human,left,2020-01-01,2026-02-20
"""

[[example]]
name = "a joiner whom the table has from next week on: written down late, but known"
night = 2026-03-02
fires = []
events = """
event_time,user_id,patient_id,action,category
2026-03-01 09:00:00,n1,p1,view,note
2026-03-02 10:00:00,n1,p1,view,note
2026-03-02 10:00:00,n2,p1,view,note
"""
staff = """
user_id,department,role,account_type,status,start_date
n1,PED,nurse,human,active,
n2,PED,nurse,human,active,2026-03-09
"""

[[example]]
name = "no staff table: nobody is unknown"
night = 2026-03-02
fires = []
events = """
event_time,user_id,patient_id,action,category
2026-03-02 10:00:00,n1,p1,view,note
"""
*/
with in_use as (
    select count(*) filter (in_staff) as known, count(*) as active
    from accounts
    where last_seen_on >= $night::date - $recent_days
),

unknown_accounts as (
    select accounts.user_id, in_use.known, in_use.active
    from accounts
    cross join in_use
    where
        not accounts.in_staff
        and not accounts.awaits_staff
        and in_use.known > 0
        and in_use.known >= least($known_share * in_use.active, in_use.active - 1)
)

select
    night_events.user_id,
    list(night_events.event_id) as event_ids,
    any_value(unknown_accounts.known) as known,
    any_value(unknown_accounts.active) as active
from night_events
join unknown_accounts on night_events.user_id = unknown_accounts.user_id
where night_events.is_access and night_events.outcome = 'success' and night_events.patient_id is not null
group by night_events.user_id
