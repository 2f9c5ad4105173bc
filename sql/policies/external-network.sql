/*
id = "external-network"
version = 3
pattern = "external-network"
severity = "high"
alert = true
subject = "account"

[title]
zh = "来自院外网络的访问"
en = "Access from outside the hospital's networks"

[reason]
zh = "来自院外地址 {addresses} 的登录或操作成功的记录 {events} 条，涉及患者 {patients} 人，首次 {first_at}"
en = "{events} successful events from addresses outside the hospital ({addresses}), {patients} patients opened, first at {first_at}"

[why]
zh = "有效账号加院外地址，是盗用账号最常见的痕迹。依据：《网络安全法》第二十三条（2026 年以前为第二十一条；防止未经授权的访问）；《个人信息保护法》第五十一条。"
en = "A valid account on a foreign address is the commonest trace of a stolen one. Law: Cybersecurity Law, art. 23 (art. 21 before 2026; prevent unauthorised access); PIPL, art. 51."

[misses]
zh = "经 VPN、远程桌面或院内跳板的入侵；日志不记录地址，或只记录网关地址。"
en = "Intruders who come through the VPN, a remote desktop or a machine inside; logs without addresses, or with the gateway's only."

[false_causes]
zh = "远程办公、会诊的网段未写入 [site].internal_networks；厂商远程维护。"
en = "Home-office or consultation networks missing from [site].internal_networks; a vendor's remote maintenance."

[check]
zh = ["确认地址归属，是否为已登记的 VPN 或合作单位", "看登录后打开了哪些病历", "联系本人；如非本人操作，立即停用账号并保存日志"]
en = ["Find out whose address it is, and whether it is a known VPN or partner", "See which records were opened after the log-in", "Call the person; if it was not them, disable the account at once and keep the logs"]

[params]
exempt_accounts = []

[[example]]
name = "a nurse's account opens records from abroad"
night = 2026-03-02
fires = ["n1"]
events = """
event_time,user_id,patient_id,action,category,client_ip
2026-03-02 02:00:00,n1,,login,,203.0.113.9
2026-03-02 02:01:00,n1,p1,view,note,203.0.113.9
2026-03-02 10:00:00,n2,p1,view,note,10.1.2.3
"""

[[example]]
name = "a successful log-in alone, over IPv6"
night = 2026-03-02
fires = ["n1"]
events = """
event_time,user_id,action,client_ip
2026-03-02 02:00:00,n1,login,2001:db8::7
"""

[[example]]
name = "private ranges, IPv6 included, are internal; a refused log-in is no access"
night = 2026-03-02
fires = []
events = """
event_time,user_id,patient_id,action,category,client_ip,outcome
2026-03-02 02:00:00,n1,p1,view,note,192.168.4.4,success
2026-03-02 02:00:00,n2,p1,view,note,fd00::12,success
2026-03-02 02:00:00,n3,,login,,203.0.113.9,failure
"""

[[example]]
name = "no addresses in the log"
night = 2026-03-02
fires = []
events = """
event_time,user_id,patient_id,action,category
2026-03-02 02:00:00,n1,p1,view,note
"""
*/
select
    user_id,
    list(event_id) as event_ids,
    list(distinct night_events.client_ip order by night_events.client_ip)[:20] as addresses
from night_events
join addresses on night_events.client_ip = addresses.client_ip and addresses.external
where
    outcome = 'success'
    and action not in ('logout', 'other')
    and not list_contains($exempt_accounts::varchar[], user_id)
group by user_id
