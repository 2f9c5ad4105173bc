/*
id = "log-changed"
version = 2
pattern = "log-gap"
severity = "high"
alert = true
subject = "source"

[title]
zh = "日志写入后被改动"
en = "A log changed after it was written"

[reason]
zh = "来源 {source} 有 {changed_rows} 行日志与写入时的校验值不符，涉及账号 {accounts}，首行时间 {first_at}"
en = "{changed_rows} rows of source {source} do not match the checksums made when they were written, of accounts {accounts}, the first at {first_at}"

[why]
zh = "日志行带有写入时的校验值；内容与校验值不符，说明这一行事后被改过：可能是系统维护所致，也可能是为掩盖查阅。依据：《网络安全法》第二十三条（2026 年以前为第二十一条；留存日志并防止篡改）；GB/T 22239-2019 安全审计（保护审计记录）。"
en = "Each row keeps a checksum made when it was written; where the two do not match, the row was changed later: by maintenance, perhaps, or to hide an access. Law: Cybersecurity Law, art. 23 (art. 21 before 2026; keep logs and protect them); GB/T 22239-2019, protection of audit records."

[misses]
zh = "日志不带校验值；校验值与内容一起被改；整行连同校验值被删除；加密的行。"
en = "Logs without checksums; rows changed together with their checksums; rows deleted with theirs; encrypted rows."

[false_causes]
zh = "系统升级时统一改写日志表；导出时转换了字符或日期格式；数据库修复。"
en = "An upgrade that rewrote the table; an export that converted characters or dates; a repair of the database."

[check]
zh = ["请信息科核对系统升级、数据库修复的时间", "从备份中取出改动前的同一行，对照哪一列被改", "无合理原因的，保全日志与备份，并查这段时间谁有数据库管理权限"]
en = ["Compare with IT's record of upgrades and repairs of the database", "Take the same row from a backup and see which column differs", "Without a reason keep logs and backups, and find out who could administer the database meanwhile"]

[over_dates]
changed_rows = "sum"

[params]
min_rows = 1

[[example]]
name = "a row whose account was changed, and rows as they were written"
night = 2026-03-02
fires = ["emr"]
events = """
event_time,user_id,patient_id,action,source,reason
2026-03-02 10:00:00,n2,p1,view,emr,log: the row does not match its checksum
2026-03-02 10:00:00,n1,p1,view,emr,
2026-03-02 10:00:00,n1,p1,view,his,checksum of the consent form
"""

[[example]]
name = "rows as they were written"
night = 2026-03-02
fires = []
events = """
event_time,user_id,patient_id,action,source,reason
2026-03-02 10:00:00,n2,p1,view,emr,
2026-03-02 10:00:00,n1,p1,break_glass,emr,emergency
"""
*/
select
    source,
    list(event_id) as event_ids,
    count(*) as changed_rows,
    list(distinct user_id order by user_id)[:5] as accounts
from night_events
where reason = 'log: the row does not match its checksum'
group by source
having count(*) >= $min_rows
