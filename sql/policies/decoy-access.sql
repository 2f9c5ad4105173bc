/*
id = "decoy-access"
version = 3
pattern = "decoy-access"
severity = "critical"
alert = true
subject = "account"

[title]
zh = "打开诱饵病历"
en = "Opened a decoy record"

[reason]
zh = "打开了 {patients} 份诱饵病历，产生 {events} 条操作记录，首次 {first_at}；这些病历不属于任何真实患者，诊疗工作不会用到"
en = "Touched {patients} decoy records in {events} events, first at {first_at}; they belong to no real patient, so care never needs them"

[why]
zh = "诱饵病历是有意放置的虚构患者：浏览、枚举、按名单查找的人会碰到它，诊疗工作不会。依据：《医疗机构病历管理规定》第十五条——除为患者提供诊疗服务者及经授权者外，不得查阅病历。"
en = "Decoy records are planted, invented patients: whoever browses, enumerates or works through a bought list meets them, care does not. Law: Medical Records Administration Rules 2013, art. 15: only those who treat the patient, or are authorised, may consult a record."

[misses]
zh = "只打开真实患者的人；诱饵未配置，或诱饵数量过少、编号不在正常号段。"
en = "Whoever opens real patients only; sites without decoys, or with too few of them outside the range of real numbers."

[false_causes]
zh = "信息科测试、数据质量核查、批量迁移会碰到诱饵；请把这些账号写入 exempt_accounts，或登记审批。"
en = "IT tests, data-quality jobs and migrations touch decoys; list these accounts in exempt_accounts or file an approval."

[check]
zh = ["查看该账号当日打开诱饵前后的其他病历：是检索、列表还是连续编号", "核对当时终端的使用人", "向信息科确认当日没有测试或迁移任务"]
en = ["Look at the other records opened around the decoy: by search, from a list, or by consecutive numbers", "Establish who sat at the workstation at that time", "Ask IT whether a test or a migration ran that day"]

[params]
exempt_accounts = []

[[example]]
name = "a nurse opens a planted record"
night = 2026-03-02
fires = ["n1"]
events = """
event_time,user_id,patient_id,action,category
2026-03-02 10:00:00,n1,p1,view,note
2026-03-02 10:05:00,n1,d1,view,demographics
2026-03-02 10:06:00,n2,p1,view,note
"""
decoy_patients = """
patient_id
d1
"""

[[example]]
name = "a search by the decoy's number is a touch as well, a failed one too"
night = 2026-03-02
fires = ["n1", "n2"]
events = """
event_time,user_id,patient_id,action,category,query_by,outcome
2026-03-02 10:05:00,n1,d1,search,demographics,patient_id,success
2026-03-02 10:06:00,n2,d1,view,note,,failure
"""
decoy_patients = """
patient_id
d1
"""

[[example]]
name = "an approved data-quality job is shown, but lowered"
night = 2026-03-02
fires = ["q1"]
approved = ["q1"]
events = """
event_time,user_id,patient_id,action,category
2026-03-02 02:05:00,q1,d1,view,demographics
"""
decoy_patients = """
patient_id
d1
"""
approvals = """
user_id,patterns,start,end,approved_by,reason
q1,decoy-access,2026-03-01,2026-03-03,it-head,data quality
"""

[[example]]
name = "opened the day before: another night's matter"
night = 2026-03-02
fires = []
events = """
event_time,user_id,patient_id,action,category
2026-03-01 10:05:00,n1,d1,view,demographics
2026-03-02 10:05:00,n1,p1,view,demographics
"""
decoy_patients = """
patient_id
d1
"""

[[example]]
name = "no decoys configured"
night = 2026-03-02
fires = []
events = """
event_time,user_id,patient_id,action,category
2026-03-02 10:05:00,n1,d1,view,demographics
"""
*/
select
    user_id,
    list(event_id) as event_ids
from night_events
semi join decoy_patients on night_events.patient_id = decoy_patients.patient_id
where is_access and not list_contains($exempt_accounts::varchar[], user_id)
group by user_id
