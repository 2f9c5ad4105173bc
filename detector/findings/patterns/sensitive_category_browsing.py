"""Psychiatric, reproductive and infectious records read outside the treating units."""

from detector.findings.patterns.pattern import Pattern

PATTERN = Pattern(
    id="sensitive-category-browsing",
    title={"en": "Sensitive records opened", "zh": "查看敏感病历"},
    meaning={
        "en": "Psychiatric, reproductive or infectious records are opened though the unit does not treat the patient.",
        "zh": "本科室未为患者诊疗，账号却打开其精神、生殖或传染病记录。",
    },
    innocent={
        "en": (
            "emergency care, anaesthesia or a medication check",
            "infection control, case reporting or contact tracing",
            "coding or quality control of these cases",
        ),
        "zh": (
            "急救、麻醉或用药核对",
            "院感管理、传染病报告或流行病学调查",
            "此类病案的编码或质控",
        ),
    },
    misses={
        "en": "Sensitive facts in ordinary notes and prescriptions; reading within the treating unit.",
        "zh": "一般病程、医嘱中的敏感信息；经治科室内部的查看。",
    },
    needs={
        "en": "Data categories in the log, and encounters; without categories such pages cannot be told from others.",
        "zh": "日志中的数据类别和就诊记录；缺少数据类别时无法区分敏感内容。",
    },
    checks={
        "en": (
            "Look for a consultation, an emergency or a duty to report these cases.",
            "See whether one kind of record or one group of patients stands out.",
            "See how it was read: once in passing, at length, or printed and exported.",
            "When asking, use record numbers only: no names, no diagnoses.",
        ),
        "zh": (
            "查这些患者有无会诊、急救或传染病报告任务。",
            "看是否集中于某类记录或某一人群。",
            "看是偶尔浏览、长时间翻阅，还是打印、导出。",
            "了解情况时只用病历号，不提患者姓名和病种。",
        ),
    },
    streams={"sensitive": 1.0},
)
