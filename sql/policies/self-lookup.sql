/*
id = "self-lookup"
version = 4
pattern = "self-lookup"
severity = "medium"
alert = true
subject = "account"

[title]
zh = "查看本人病历"
en = "Opened one's own record"

[reason]
zh = "用工作账号访问了本人的病历 {patient}，共 {accesses} 次（{actions}：{categories}），首次 {first_at}"
en = "Used the work account in their own record {patient}: {accesses} accesses ({actions}: {categories}), first at {first_at}"

[why]
zh = "工作账号只用于工作；本人病历应通过病案室或患者端申请复制。改动本人结果、病假依据的风险也在这里。依据：《医疗机构病历管理规定》第十五条、第十七条；HIPAA 45 CFR 164.312(b) 的访问审计。"
en = "A work account is for work; one's own record is asked for at the records office or read in the patient app, and a changed result or sick note begins here. Law: Medical Records Administration Rules 2013, art. 15 and 17; access audit as in HIPAA 45 CFR 164.312(b)."

[misses]
zh = "人员表未登记本人病历号；请同事代查（见 colleague-or-family-lookup）。"
en = "Staff whose own record number is not in the staff table; asking a colleague to look (see colleague-or-family-lookup)."

[false_causes]
zh = "本院允许职工查阅本人资料；同名误点后立即关闭。"
en = "The site allows staff to read their own record; a namesake opened by mistake and closed at once."

[check]
zh = ["查看是否有新增、修改、打印", "核对本院对职工查阅本人病历的规定", "与本人核实原因"]
en = ["See whether anything was written, changed or printed", "Check the site's rule on reading one's own record", "Ask the person for the reason"]

[[example]]
name = "a clerk opens the own record"
night = 2026-03-02
fires = ["c1"]
events = """
event_time,user_id,patient_id,action,category
2026-03-02 10:00:00,c1,p7,view,result
2026-03-02 10:01:00,c2,p7,view,result
"""
staff = """
user_id,name,department,role,account_type,status,patient_id
c1,甲,REG,clerk,human,active,p7
c2,乙,REG,clerk,human,active,p8
"""

[[example]]
name = "also where the person is a patient here at the moment"
night = 2026-03-02
fires = ["c1"]
events = """
event_time,user_id,patient_id,action,category,query_by
2026-03-02 10:00:00,c1,p7,search,demographics,name
"""
staff = """
user_id,department,role,account_type,status,patient_id
c1,REG,clerk,human,active,p7
"""
encounters = """
visit_id,patient_id,department,kind,start,end
v1,p7,REG,outpatient,2026-03-02 09:00:00,
"""

[[example]]
name = "colleagues who treat a member of staff, and a kiosk that prints the result"
night = 2026-03-02
fires = []
events = """
event_time,user_id,patient_id,action,category
2026-03-02 10:00:00,c2,p7,view,result
2026-03-02 10:02:00,k1,p7,print,result
"""
staff = """
user_id,department,role,account_type,status,patient_id
c1,REG,clerk,human,active,p7
c2,REG,doctor,human,active,p8
k1,REG,kiosk,kiosk,active,p7
"""

[[example]]
name = "own record number not known"
night = 2026-03-02
fires = []
events = """
event_time,user_id,patient_id,action,category
2026-03-02 10:00:00,c3,p7,view,result
2026-03-02 10:00:00,c3,,search,list
"""
staff = """
user_id,department,role,account_type,status,patient_id
c3,REG,clerk,human,active,
"""

[[example]]
name = "no staff table"
night = 2026-03-02
fires = []
events = """
event_time,user_id,patient_id,action,category
2026-03-02 10:00:00,c1,p7,view,result
"""
*/
select
    night_events.user_id,
    list(event_id) as event_ids,
    min(night_events.patient_id) as patient,
    list(distinct action order by action) as actions,
    coalesce(list(distinct category order by category) filter (category is not null), []) as categories
from night_events
join accounts
    on night_events.user_id = accounts.user_id and night_events.patient_id = accounts.own_patient_id
where
    accounts.account_type = 'human'
    and is_access
    and outcome = 'success'
group by night_events.user_id
