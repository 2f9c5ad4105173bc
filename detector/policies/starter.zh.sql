/*
# 本院自定义规则：每晚要查的一个问题，以及由此列出谁。本部分为 TOML（# 之后为注释），问题是下面的 SELECT。
# 请把两部分改成本院需要的内容，然后：
#     detector policies test {id}      用本部分末尾的示例检验
#     detector policies tables         查看昨夜各表的内容
#     detector run                     从此每晚都会运行这条规则
# 文字可以只写一种语言（如下），也可以两种都写：title = { zh = "…", en = "…" }

id = "{id}"   # 与文件名（不含 .sql）相同
version = 1   # 每次修改查询条件时加一：线索会记下它和本文件的摘要

# 属于哪种情形，决定线索的名称和给核查人员的提示。可选：
{patterns}
pattern = "after-hours-access"
severity = "medium"   # 级别：low（低）、medium（中）、high（高）或 critical（严重）
alert = true          # true：当晚即告警。false：只列出，有其他证据时才告警
subject = "account"   # account：SELECT 给出 user_id；source：给出 source（日志来源名称）

title = "夜间打印病历"
# 花括号中可写 SELECT 的列，以及程序根据操作记录统计的数值：
# {events} 操作记录数、{patients} 患者数、{records} 记录数、{accesses} 访问次数（按分钟计）、{first_at}、{last_at} 首末时间
reason = "夜间打印 {patients} 名患者的病历，首次 {first_at}，终端 {workstation}"
why = "本院规定：病历应在白天由病案室打印。（写明依据的法规或院内制度。）"
misses = "拍摄屏幕；夜间时段之前的打印。（写明它看不到什么。）"
false_causes = "夜间出院或转院。（写明会误报的正当原因。）"
check = ["询问打印用途", "查明纸质件去向"]

# SELECT 中以 $ 引用的参数。可在 detector.toml 中另行设定，不必修改本文件：
#     [policies.{id}]
#     night_from = 23
# 另有 $night（业务日期）和 $timezone（时区）。
[params]
night_from = 22
night_to = 6
exempt_accounts = []   # 列表：允许这样做的账号

# 示例：用虚构数据写成的一晚，以及应当列出谁。至少有一个示例应当命中，至少有一个看似相同但正当的不应命中。
# events 是 CSV，列与日志相同（未写的列为空）；staff、patients、encounters、care_team、roster、approvals、
# vip_patients、decoy_patients 可用同样方式给出。
[[example]]
name = "护士在晚上十一点打印两名患者的病历"
night = 2026-03-02
fires = ["n1"]
events = """
event_time,user_id,patient_id,action,workstation
2026-03-02 23:10:00,n1,p1,print,ward-3
2026-03-02 23:12:00,n1,p2,print,ward-3
2026-03-02 23:15:00,n2,p1,view,ward-3
"""

[[example]]
name = "白天打印；夜间打印但被拒绝"
night = 2026-03-02
fires = []
events = """
event_time,user_id,patient_id,action,workstation,outcome
2026-03-02 10:00:00,n1,p1,print,ward-3,success
2026-03-02 23:00:00,n2,p1,print,ward-3,failure
"""
*/
-- 一个 SELECT：每条有关的操作记录一行，给出账号（user_id）和 event_id；其他列可在 reason 中引用。
-- 程序会按账号汇总并统计。
-- （也可每个账号一行，把操作记录列成列表：select user_id, list(event_id) as event_ids … group by user_id）
-- 可以读取的表：
{tables}
select
    user_id,
    event_id,
    workstation
from night_events
where
    action = 'print'
    and outcome = 'success'
    and (hour(local_time) >= $night_from or hour(local_time) < $night_to)
    and not list_contains($exempt_accounts::varchar[], user_id)
