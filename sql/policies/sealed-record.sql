/*
id = "sealed-record"
version = 2
pattern = "vip-snooping"
severity = "high"
alert = true
subject = "account"

[title]
zh = "封存期间无依据调阅病历"
en = "Record under seal opened without a ground"

[reason]
zh = "病历 {patient} 封存期间被打开 {accesses} 次（{actions}：{categories}），首次 {first_at}，未查到诊疗、工作任务或审批方面的依据；其中打印、导出 {copies} 次"
en = "Opened while under seal: record {patient}, {accesses} accesses ({actions}: {categories}), first at {first_at}; no care, task or approval on file accounts for them; prints and exports among them: {copies}"

[why]
zh = "事件公开后，好奇者在几小时内就会打开当事人的病历；封存后，无关人员不得访问、浏览、记录、转发。依据：国卫办医政函〔2025〕262号；《医疗机构病历管理规定》第十五条——除为患者提供诊疗服务者及经授权者外，不得查阅病历。"
en = "Once a case is public, the curious open the record within hours; under seal nobody without a part in it may open, copy or pass it on. Law: National Health Commission, General Office, letter 262 of 2025; Medical Records Administration Rules 2013, art. 15: only those who treat the patient, or are authorised, may consult a record."

[misses]
zh = "封存之前的访问（见 detector seal 的清单）；被系统拒绝的访问；当天在该病历中书写了本科室常写内容的人（如检验科录入结果、药房发药）；按科室名称认定的职能部门；有诊疗关系的人转述、拍照；未接入系统中的调阅；接口和自助终端账号。"
en = "Accesses before the seal (`detector seal` lists them); refused ones; those who wrote into the record what their unit usually writes (a result, a dispensing); offices, as their names tell; what those with a part in the care tell or photograph; systems that are not connected; accounts of interfaces and kiosks."

[false_causes]
zh = "急会诊、代班而资料未及时登记；病案、医务、宣传等部门受托核查而未登记审批；同名患者误点。"
en = "An urgent consultation or a swapped shift that is not on file yet; the records office, medical affairs or press office asked to check without an approval on file; a namesake opened by mistake."

[check]
zh = ["核对是否有会诊、代班或受托核查，补登诊疗关系或审批", "看是否打印、导出，纸质件和文件在何处", "将访问时间与消息传出的时间比对", "与当事人核实原因，再作处理"]
en = ["See whether there was a consultation, a swapped shift or a request to check, and put it on file", "See whether anything was printed or exported, and where it is", "Compare the time with that of the news", "Hear the person before anything is decided"]

[over_dates]
copies = "sum"

[params]
exempt_accounts = []

[[example]]
name = "a stranger opens the record after the sealing, and another one prints it"
night = 2026-03-02
fires = ["n1", "n3"]
events = """
event_time,user_id,patient_id,action,category
2026-03-02 10:00:00,n1,p1,view,note
2026-03-02 10:05:00,n3,p1,print,result
2026-03-02 10:06:00,n2,p2,view,note
"""
sealed_records = """
patient_id,start,end
p1,2026-03-02 09:00:00,
"""

[[example]]
name = "those in care; a stranger before the sealing, one after its end"
night = 2026-03-02
fires = []
events = """
event_time,user_id,patient_id,action,category
2026-03-02 10:00:00,d1,p1,view,note
2026-03-02 10:01:00,d2,p1,view,note
2026-03-02 10:02:00,w1,p1,update,note
2026-03-02 08:59:59,n1,p1,view,note
2026-03-02 18:00:00,n2,p1,view,note
"""
sealed_records = """
patient_id,start,end
p1,2026-03-02 09:00:00,2026-03-02 18:00:00
"""
staff = """
user_id,department,role,account_type,status
d1,CAR,doctor,human,active
d2,CAR,nurse,human,active
w1,SUR,doctor,human,active
n1,PED,nurse,human,active
n2,PED,nurse,human,active
"""
encounters = """
visit_id,patient_id,department,kind,start,end
v1,p1,CAR,inpatient,2026-03-01 09:00:00,
"""
care_team = """
patient_id,user_id,start,end,relation
p1,d1,2026-03-01 09:00:00,,attending
"""

[[example]]
name = "the moment of the sealing counts; an approval that covers the pattern lowers it"
night = 2026-03-02
fires = ["n1", "q1"]
approved = ["q1"]
events = """
event_time,user_id,patient_id,action,category
2026-03-02 09:00:00,n1,p1,view,note
2026-03-02 10:00:00,q1,p1,search,demographics
"""
sealed_records = """
patient_id,start,end
p1,2026-03-02 09:00:00,
"""
approvals = """
user_id,patterns,start,end,approved_by,reason
q1,vip-snooping,2026-03-01,2026-03-03,director,inquiry for the ministry
"""

[[example]]
name = "a refused look, an interface, a kiosk, and another record"
night = 2026-03-02
fires = []
events = """
event_time,user_id,patient_id,action,category,outcome
2026-03-02 10:00:00,n1,p1,view,note,failure
2026-03-02 10:01:00,i1,p1,view,result,success
2026-03-02 10:02:00,k1,p1,print,result,success
2026-03-02 10:03:00,n1,p2,view,note,success
"""
sealed_records = """
patient_id,start,end
p1,2026-03-02 09:00:00,
"""
staff = """
user_id,department,role,account_type,status
n1,PED,nurse,human,active
i1,IT,interface,service,active
k1,REG,kiosk,kiosk,active
"""

[[example]]
name = "no record is sealed"
night = 2026-03-02
fires = []
events = """
event_time,user_id,patient_id,action,category
2026-03-02 10:00:00,n1,p1,view,note
"""
*/
with under_seal as (
    select *
    from night_events
    where
        is_access
        and outcome = 'success'
        and exists (
            select 1
            from sealed_records
            where
                sealed_records.patient_id = night_events.patient_id
                and night_events.event_time >= sealed_records.starts_at
                and (sealed_records.ends_at is null or night_events.event_time < sealed_records.ends_at)
        )
)

select
    under_seal.user_id,
    list(under_seal.event_id) as event_ids,
    list(distinct under_seal.patient_id order by under_seal.patient_id) as patient,
    list(distinct under_seal.action order by under_seal.action) as actions,
    coalesce(
        list(distinct under_seal.category order by under_seal.category) filter (under_seal.category is not null), []
    ) as categories,
    count(*) filter (under_seal.action in ('print', 'export')) as copies
from under_seal
left join accounts on under_seal.user_id = accounts.user_id
left join night_patient_days
    on
        under_seal.user_id = night_patient_days.user_id
        and under_seal.patient_id = night_patient_days.patient_id
where
    coalesce(accounts.account_type, 'human') not in ('service', 'kiosk')
    and not list_contains($exempt_accounts::varchar[], under_seal.user_id)
    -- what is only usual for the unit is no ground, unless the account wrote what it usually does: a result, a dispensing
    and not coalesce(
        night_patient_days.state = 'explained'
        and (night_patient_days.explanation is distinct from 'habit' or night_patient_days.wrote),
        false
    )
group by under_seal.user_id
