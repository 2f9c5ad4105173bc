/*
id = "scope-violation"
version = 3
pattern = "scope-violation"
severity = "high"
alert = true
subject = "account"

[title]
zh = "接口、厂商或自助账号超出批准范围"
en = "Service, vendor or kiosk account outside what it was approved for"

[reason]
zh = "{kind}获准的数据类别为：{allowed}；却访问了：{outside}，共 {events} 条操作记录，列明的患者 {patients} 名，首次 {first_at}"
en = "The {kind} is approved for {allowed}, yet touched {outside}: {events} events, {patients} patients named, first at {first_at}"

[why]
zh = "接口和第三方应用是大批量泄露的通道：某省级接口流出 27,000 份精神科病历，某签到程序取走了孕周和预产期。依据：《个人信息保护法》第二十一条（受托处理不得超出约定）、第五十一条；GB/T 39725-2020 最小必要。"
en = "Interfaces and third-party apps leak in bulk: 27,000 psychiatric files went through a provincial interface, a check-in app took gestational weeks and due dates. Law: PIPL, art. 21 (a processor keeps to what was agreed) and 51; GB/T 39725-2020, least privilege."

[misses]
zh = "批准范围内的滥用（如同类数据的批量枚举，见 record-enumeration）；allowed_categories 为空（不限）的账号；日志没有数据类别。"
en = "Misuse inside the approved categories (bulk reading: see record-enumeration); accounts with empty allowed_categories (not limited); logs without categories."

[false_causes]
zh = "接口升级后范围扩大但未登记；数据类别的映射有误。"
en = "An interface was extended and the staff table was not; a category mapped wrongly."

[check]
zh = ["对照合同与审批，确认该账号应当访问的数据类别", "看超范围访问从何时开始、是否来自平时的地址与时段", "必要时停用接口，并要求对方书面说明数据去向"]
en = ["Compare with contract and approval which categories the account should touch", "See since when, and whether from its usual address and hours", "If need be disable the interface and ask the other side in writing where the data went"]

[params]
min_events = 1
banner_accesses = 5
banner_share = 0.9

[[example]]
name = "a check-in app reads obstetric records"
night = 2026-03-02
fires = ["svc"]
events = """
event_time,user_id,patient_id,action,category
2026-03-02 10:00:00,svc,p1,view,list
2026-03-02 10:01:00,svc,p1,view,obstetric
2026-03-02 10:02:00,svc,p2,view,obstetric
"""
staff = """
user_id,department,role,account_type,status,allowed_categories
svc,REG,service,service,active,demographics|list
"""

[[example]]
name = "a laboratory interface searches by phone number, a vendor exports a list, a kiosk breaks the glass"
night = 2026-03-02
fires = ["k1", "svc", "v1"]
events = """
event_time,user_id,patient_id,action,category,query_by
2026-03-02 10:00:00,svc,p1,search,,phone
2026-03-02 10:00:00,v1,,export,,
2026-03-02 10:00:00,k1,p1,break_glass,result,
"""
staff = """
user_id,department,role,account_type,status,allowed_categories
svc,LAB,service,service,active,result
v1,RAD,vendor,vendor,active,imaging
k1,REG,kiosk,kiosk,active,result|demographics
"""

[[example]]
name = "inside the approved categories, an account without limits, and a person"
night = 2026-03-02
fires = []
events = """
event_time,user_id,patient_id,action,category,query_by
2026-03-02 10:00:00,svc,p1,create,result,
2026-03-02 10:00:00,svc,p1,create,,
2026-03-02 10:00:00,svc,,login,other,
2026-03-02 10:00:00,mig,p1,update,psychiatric,
2026-03-02 10:00:00,k1,p1,search,demographics,id_number
2026-03-02 10:00:00,n1,p1,view,psychiatric,
"""
staff = """
user_id,department,role,account_type,status,allowed_categories
svc,LAB,service,service,active,result
mig,IT,service,service,active,
k1,REG,kiosk,kiosk,active,result|demographics
n1,OB,nurse,human,active,obstetric
"""

[[example]]
name = "a banner that every page of everybody writes belongs to the page that was asked for; a page of its own does not"
night = 2026-03-02
fires = ["v2"]
events = """
event_time,user_id,patient_id,action,category
2026-03-02 08:00:00,n1,p1,view,note
2026-03-02 08:00:00,n1,p1,view,demographics
2026-03-02 08:10:00,n1,p2,view,result
2026-03-02 08:10:01,n1,p2,view,demographics
2026-03-02 08:20:00,n2,p3,view,note
2026-03-02 08:20:00,n2,p3,view,demographics
2026-03-02 08:30:00,n2,p4,view,order
2026-03-02 08:30:00,n2,p4,view,demographics
2026-03-02 08:40:00,n2,p5,view,note
2026-03-02 08:40:00,n2,p5,view,demographics
2026-03-02 10:00:00,v1,p1,view,imaging
2026-03-02 10:00:00,v1,p1,view,imaging
2026-03-02 10:00:00,v1,p1,view,demographics
2026-03-02 10:01:00,v2,p1,view,imaging
2026-03-02 10:01:00,v2,p1,view,demographics
2026-03-02 10:05:00,v2,p2,view,demographics
"""
staff = """
user_id,department,role,account_type,status,allowed_categories
v1,RAD,vendor,vendor,active,imaging
v2,RAD,vendor,vendor,active,imaging
n1,OB,nurse,human,active,
n2,OB,nurse,human,active,
"""

[[example]]
name = "no staff table: nothing was approved, nothing is known"
night = 2026-03-02
fires = []
events = """
event_time,user_id,user_role,patient_id,action,category
2026-03-02 10:00:00,svc_x,service,p1,view,obstetric
"""
*/
with limited_accounts as (
    select
        user_id,
        account_type,
        list_filter(
            list_transform(string_split(allowed_categories, '|'), lambda category: lower(trim(category))),
            lambda category: category <> ''
        ) as allowed
    from accounts
    where account_type in ('service', 'vendor', 'kiosk') and len(trim(coalesce(allowed_categories, ''), ' |')) > 0
),

asked_events as (
    select
        night_events.*,
        account_type,
        allowed,
        -- what a row is about where the log gives no category: searches by identity are about people, exports are lists
        case
            when action = 'break_glass' then 'break_glass'
            when category is not null then category
            when action = 'search' and query_by in ('phone', 'id_number', 'name') then 'demographics'
            when action = 'export' then 'list'
        end as touched
    from night_events
    join limited_accounts using (user_id)
    where
        is_access
        and touched is not null
        and not list_contains(allowed, touched)
        -- a search hit list is part of looking people up
        and not (action = 'search' and category in ('list', 'demographics') and list_has_any(allowed, ['list', 'demographics']))
        and not (action = 'search' and category is null and list_contains(allowed, 'list'))
),

accesses as (
    select
        source,
        user_id,
        patient_id,
        date_trunc('minute', local_time) as minute,
        list(distinct category) as categories
    from night_events
    where action = 'view' and patient_id is not null and category is not null
    group by all
),

-- what nearly every page of a log shows to whoever opens it, nobody asked for: a banner with the patient's data
banners as (
    select asked.user_id, asked.source, asked.touched
    from (select distinct user_id, source, touched from asked_events where action = 'view') as asked
    join accesses on asked.source = accesses.source and asked.user_id <> accesses.user_id
    where len(list_filter(accesses.categories, lambda category: category <> asked.touched)) > 0
    group by all
    having
        count(*) >= $banner_accesses
        and count(*) filter (list_contains(accesses.categories, asked.touched)) >= $banner_share * count(*)
),

outside_events as (
    select asked_events.*
    from asked_events
    left join banners
        on
            asked_events.user_id = banners.user_id
            and asked_events.source = banners.source
            and asked_events.touched = banners.touched
    left join accesses as shown
        on
            asked_events.user_id = shown.user_id
            and asked_events.source = shown.source
            and asked_events.patient_id = shown.patient_id
            and date_trunc('minute', asked_events.local_time) = shown.minute
    where
        not coalesce(
            banners.user_id is not null
            and asked_events.action = 'view'
            and list_has_any(shown.categories, asked_events.allowed),
            false
        )
)

select
    user_id,
    list(event_id) as event_ids,
    any_value(account_type) as kind,
    any_value(allowed) as allowed,
    list(distinct touched order by touched) as outside
from outside_events
group by user_id
having count(*) >= $min_events
