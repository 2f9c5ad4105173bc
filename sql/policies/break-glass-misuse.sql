/*
id = "break-glass-misuse"
version = 3
pattern = "break-glass-misuse"
severity = "medium"
alert = false
subject = "account"

[title]
zh = "紧急访问无理由或理由雷同"
en = "Emergency access without a reason, or with a stock phrase"

[reason]
zh = "对 {patients} 名没有诊疗关系的患者使用紧急访问 {uses} 次，填写的理由：{reasons}；近 7 天本科室其他 {peers} 名在岗者中 {peers_using} 人用过"
en = "Broke the glass {uses} times for {patients} patients without a care relation; reasons given: {reasons}; in 7 days {peers_using} of {peers} active colleagues of the department did so at all"

[why]
zh = "紧急访问绕过权限，只有事后审核能约束它；空白或套话式的理由等于没有理由。依据：HIPAA 45 CFR 164.312(a)(2)(ii)；《医疗机构病历管理规定》第十五条。"
en = "Emergency access bypasses permissions, so only the review afterwards restrains it; a blank or a stock phrase is no reason. Law: HIPAA 45 CFR 164.312(a)(2)(ii); Medical Records Administration Rules 2013, art. 15."

[misses]
zh = "写得具体却不真实的理由；急诊等日常使用紧急访问的科室里的滥用。"
en = "Reasons that are specific and untrue; misuse in departments where breaking the glass is routine."

[false_causes]
zh = "急诊抢救、夜间会诊、转科交接时权限未及时开通。"
en = "Resuscitation, night consultations, transfers where permissions come late."

[check]
zh = ["核对患者当时是否由本科室收治或会诊", "请本人补充说明紧急访问的具体原因", "看紧急访问后打开了哪些内容、有无书写"]
en = ["Check whether the unit treated or was consulted on the patient then", "Ask the person for the specific reason", "See what was opened afterwards and whether anything was written"]

[over_dates]
uses = "sum"

[params]
stock_reasons = ["其他", "其它", "无", "工作需要", "需要", "查看", "紧急", "急诊", "测试", "other", "none", "n/a", "na", "test", "work", "need", "needed", "emergency", "care"]
min_reason_length = 4
repeated_uses = 3
routine_share = 0.3
min_peers = 3

[[example]]
name = "a surgical nurse, a stranger's record, the word 'other'"
night = 2026-03-02
fires = ["n1"]
events = """
event_time,user_id,patient_id,action,category,reason
2026-03-02 10:00:00,n1,p1,break_glass,note,其他
2026-03-02 10:01:00,n1,p1,view,note,
2026-03-02 11:00:00,n2,p2,view,note,
2026-03-02 11:00:00,n3,p2,view,note,
2026-03-02 11:00:00,n4,p2,view,note,
"""
staff = """
user_id,department,role,account_type,status
n1,SURG,nurse,human,active
n2,SURG,nurse,human,active
n3,SURG,nurse,human,active
n4,SURG,nurse,human,active
"""

[[example]]
name = "the same sentence for every stranger"
night = 2026-03-02
fires = ["n1"]
events = """
event_time,user_id,patient_id,action,category,reason
2026-03-02 10:00:00,n1,p1,break_glass,note,clinical review of the case
2026-03-02 10:10:00,n1,p2,break_glass,note,clinical review of the case
2026-03-02 10:20:00,n1,p3,break_glass,note,clinical review of the case
"""
staff = """
user_id,department,role,account_type,status
n1,SURG,nurse,human,active
"""

[[example]]
name = "a specific reason; a patient of the own ward; an emergency department where everybody does it"
night = 2026-03-02
fires = []
events = """
event_time,user_id,patient_id,action,category,reason
2026-03-02 10:00:00,d1,p1,break_glass,note,respiratory arrest called to ward 4
2026-03-02 10:00:00,n1,p2,break_glass,note,other
2026-03-02 10:00:00,e1,p3,break_glass,note,急诊
2026-03-02 10:10:00,e2,p4,break_glass,note,急诊
2026-03-02 10:20:00,e3,p5,break_glass,note,其他
2026-03-02 10:20:00,e4,p5,view,note,
"""
staff = """
user_id,department,role,account_type,status
d1,SURG,doctor,human,active
n1,SURG,nurse,human,active
e1,ER,doctor,human,active
e2,ER,doctor,human,active
e3,ER,nurse,human,active
e4,ER,nurse,human,active
"""
encounters = """
visit_id,patient_id,department,kind,start,end
v1,p2,SURG,inpatient,2026-03-01 09:00:00,
"""

[[example]]
name = "no context at all: a blank reason still tells"
night = 2026-03-02
fires = ["n1"]
events = """
event_time,user_id,user_department,patient_id,action,category,reason
2026-03-02 10:00:00,n1,SURG,p1,break_glass,note,
2026-03-02 11:00:00,n2,SURG,p2,view,note,
"""
*/
with uses as (
    select
        night_events.*,
        lower(trim(coalesce(reason, ''))) as stated,
        count(*) over (partition by night_events.user_id, lower(trim(coalesce(reason, '')))) as same_reason_uses
    from night_events
    where action = 'break_glass' and patient_id is not null
),

unfounded as (
    select uses.*, accounts.department
    from uses
    join accounts on uses.user_id = accounts.user_id
    join night_patient_days on uses.user_id = night_patient_days.user_id and uses.patient_id = night_patient_days.patient_id
    where
        accounts.account_type = 'human'
        and (
            length(stated) < $min_reason_length
            or list_contains($stock_reasons::varchar[], stated)
            or same_reason_uses >= $repeated_uses
        )
        and coalesce(night_patient_days.explanation in ('habit', 'approval'), true)
        and not night_patient_days.wrote
),

account_use as (
    select department, user_id, bool_or(broke_glass) as used
    from recent_patient_days
    where account_type = 'human' and department in (select unfounded.department from unfounded)
    group by department, user_id
),

department_use as (
    select department, count(*) as peers, count(*) filter (used) as peers_using
    from account_use
    group by department
),

other_use as (
    select
        unfounded.*,
        greatest(coalesce(department_use.peers, 0) - 1, 0) as peers,
        greatest(coalesce(department_use.peers_using, 0) - 1, 0) as peers_using
    from unfounded
    left join department_use on unfounded.department = department_use.department
),

telling_uses as (
    select *
    from other_use
    where peers < $min_peers or peers_using < $routine_share * peers
),

-- what the broken glass led to
opened as (
    select
        night_events.user_id,
        list(event_id) as event_ids
    from night_events
    semi join telling_uses using (user_id, patient_id)
    where is_access
    group by night_events.user_id
)

select
    opened.*,
    telling.uses,
    telling.reasons,
    telling.peers,
    telling.peers_using
from opened
join (
    select
        user_id,
        count(*) as uses,
        list(distinct if(stated = '', '—', stated) order by if(stated = '', '—', stated))[:5] as reasons,
        max(peers) as peers,
        max(peers_using) as peers_using
    from telling_uses
    group by user_id
) as telling using (user_id)
