"""Emergency access where no emergency is on record."""

from detector.findings.patterns.pattern import Pattern

PATTERN = Pattern(
    id="break-glass-misuse",
    title={"en": "Emergency access without clear reason", "zh": "紧急访问理由不明"},
    meaning={
        "en": "Emergency access is used without a care relation, and with no reason or a stock phrase.",
        "zh": "没有诊疗关系而使用紧急访问，理由空白或千篇一律。",
    },
    innocent={
        "en": (
            "resuscitation or a night consultation, no time to type",
            "a transfer where permissions came late",
            "a form that fills in the reason by itself",
        ),
        "zh": (
            "抢救、夜间会诊，来不及填写",
            "转科后权限开通滞后",
            "系统自动填写理由",
        ),
    },
    misses={
        "en": "Reasons that are specific and untrue; units in which emergency access is routine.",
        "zh": "写得具体却与事实不符的理由；日常就用紧急访问的科室。",
    },
    needs={
        "en": (
            "Emergency access and its reasons in the log, and encounters; "
            "without recorded reasons every such use without care relation counts."
        ),
        "zh": "日志中的紧急访问及理由，以及就诊记录；未记录理由时，凡无诊疗关系的紧急访问都算在内。",
    },
    checks={
        "en": (
            "Check whether the unit treated the patient, or was consulted, at that time.",
            "See what was opened after the override, and whether anything was written.",
            "Compare with colleagues' reasons; if all write the same, mend the form or the training.",
            "Then ask the person for the specific reason, as the procedure foresees.",
        ),
        "zh": (
            "核对当时患者是否由本科室收治或会诊。",
            "看紧急访问之后打开了什么，有无书写。",
            "对比同事填写的理由；人人如此的，应改进系统或培训。",
            "再按制度请本人补充具体原因。",
        ),
    },
    streams={"break_glass": 1.0},
)
