"""Planted records that no care leads to; told by its policy alone."""

from detector.findings.patterns.pattern import Pattern

PATTERN = Pattern(
    id="decoy-access",
    title={"en": "Decoy record opened", "zh": "打开诱饵病历"},
    meaning={
        "en": "A planted record of an invented patient was opened; no care task leads there.",
        "zh": "打开了有意设置的虚构患者病历，诊疗工作不会用到它。",
    },
    innocent={
        "en": (
            "a test, a training or a demonstration by IT",
            "a data-quality job or a migration",
            "a search for a real patient of similar name or number",
        ),
        "zh": (
            "信息科测试、培训或演示",
            "数据质量核查或数据迁移",
            "查找姓名或号码相近的真实患者",
        ),
    },
    misses={
        "en": "Whoever opens real patients only.",
        "zh": "只打开真实患者的人。",
    },
    needs={
        "en": "The list of decoys; without it this is not seen.",
        "zh": "诱饵病历名单；缺少时看不到此类情形。",
    },
    checks={
        "en": (
            "Look at what was opened just before and after: by search, from a list, by consecutive numbers?",
            "Ask IT in general terms whether a test, a training or a migration ran that day.",
            "Learn from roster and door records who was at the workstation.",
            "Tell nobody which record is the decoy: a known decoy is of no more use.",
        ),
        "zh": (
            "看前后打开了哪些病历：通过检索、列表，还是连续编号？",
            "向信息科笼统了解当日有无测试、培训或迁移任务。",
            "结合排班和门禁记录，了解当时谁在使用终端。",
            "不要透露哪份是诱饵病历，一旦有人知晓即告失效。",
        ),
    },
)
