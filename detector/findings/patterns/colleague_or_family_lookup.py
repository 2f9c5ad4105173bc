"""Records of people whom the account holder knows from work or from home."""

from detector.findings.patterns.pattern import Pattern

PATTERN = Pattern(
    id="colleague-or-family-lookup",
    title={"en": "Colleagues or family looked up", "zh": "查询同事或家属"},
    meaning={
        "en": "Records of staff, or of the account holder's own household, are opened without a care relation.",
        "zh": "在没有诊疗关系的情况下，打开本院职工或本人家庭成员的病历。",
    },
    innocent={
        "en": (
            "occupational health, staff vaccination or sick notes",
            "a colleague who asked for help with a result",
            "a shared dormitory that looks like one household",
        ),
        "zh": (
            "职工体检、疫苗接种或病假证明办理",
            "同事请其代查结果",
            "集体宿舍地址被当作同一家庭",
        ),
    },
    misses={
        "en": "Friends, neighbours and former partners; relatives who live elsewhere.",
        "zh": "朋友、邻居、前配偶；不同住的亲属。",
    },
    needs={
        "en": "Staff's own record numbers (or the flag staff) and household numbers; without them this is not seen.",
        "zh": "职工本人病历号（或患者标记 staff）和家庭编号；缺少时看不到此类情形。",
    },
    checks={
        "en": (
            "See whether occupational health or the staff clinic has a task on record.",
            "See whether what was opened is sensitive, and whether anything was printed or changed.",
            "Find out discreetly whether the patient had asked for it; name no account.",
            "Then send the account holder a neutral request for the reason; detector inquiry drafts it.",
        ),
        "zh": (
            "查职工保健、体检部门有无相应的任务记录。",
            "看打开的内容是否敏感，有无打印或改动。",
            "私下了解该患者是否曾请人代查，不透露账号。",
            "再用 detector inquiry 起草中性询问，请本人说明原因。",
        ),
    },
    streams={"acquaintance": 1.0},
    features={"colleague_unexplained": 2.0, "household_unexplained": 2.0},
)
