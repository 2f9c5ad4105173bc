"""Curiosity about persons in the public eye."""

from detector.findings.patterns.pattern import Pattern

PATTERN = Pattern(
    id="vip-snooping",
    title={"en": "Record of a prominent person opened", "zh": "查看受关注人物的病历"},
    meaning={
        "en": "The record of a person in the public eye is opened by an account without a care relation.",
        "zh": "账号与受关注人物没有诊疗关系，却打开了其病历。",
    },
    innocent={
        "en": (
            "emergency care, an operation or a case conference",
            "bed, meals or billing arranged for the stay",
            "a namesake opened by mistake",
        ),
        "zh": (
            "急救、手术或病例讨论",
            "为其安排床位、膳食或结算",
            "同名患者误点",
        ),
    },
    misses={
        "en": "Persons on no list; what those who treat the patient tell others.",
        "zh": "未列入名单的人；参与诊疗的人口头透露的内容。",
    },
    needs={
        "en": "The list of persons to protect, or the patient flag vip; without both nobody counts as prominent.",
        "zh": "受关注人物名单或患者标记 vip；两者都缺少时不作此判断。",
    },
    checks={
        "en": (
            "List everybody who opened this record in these days, and set aside those with a part in the care.",
            "See who printed, exported or came back, and at what hours.",
            "Compare the first accesses with the first news or chat messages about the person.",
            "If nothing got out, send a neutral request for the reason; detector inquiry drafts it.",
        ),
        "zh": (
            "列出同期打开该病历的所有账号，先排除参与诊疗的人员。",
            "看谁有打印、导出或反复打开，以及在什么时间。",
            "将首次访问时间与消息最早在媒体、聊天群出现的时间比对。",
            "未见外传的，可用 detector inquiry 起草中性询问，请本人说明原因。",
        ),
    },
    streams={"acquaintance": 1.0},
    features={"vip_unexplained": 2.0},
)
