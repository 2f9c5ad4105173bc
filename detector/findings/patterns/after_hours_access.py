"""Accesses without a care task at times when the account is not at work."""

from detector.findings.patterns.pattern import Pattern

PATTERN = Pattern(
    id="after-hours-access",
    title={"en": "Access out of hours", "zh": "非工作时间访问"},
    meaning={
        "en": "Patients whom the account does not look after are opened off its roster, or at night.",
        "zh": "在排班以外或夜间，打开不由本人诊疗的患者。",
    },
    innocent={
        "en": (
            "a swapped shift or overtime not yet on the roster",
            "on call, called in, or helping out on another ward",
            "coding or records backlog worked off at night",
        ),
        "zh": (
            "换班、加班尚未录入排班",
            "备班、急诊召回或临时支援其他病区",
            "夜间集中补编码、补病历",
        ),
    },
    misses={
        "en": "Whoever looks during the own shift; the roster does not tell who is in the building.",
        "zh": "在自己班上查看的人；排班表也说明不了人是否在院。",
    },
    needs={
        "en": "The roster; without it only access between 22:00 and 06:00 counts.",
        "zh": "排班表；缺少时只看 22 时至次日 6 时的访问。",
    },
    checks={
        "en": (
            "Compare with roster, swaps and on-call lists; request these for the whole unit, not for one person.",
            "See which workstation was used, and compare with door and attendance records.",
            "See what was opened: contact pages alone, or clinical pages and notes that fit a call to the ward.",
        ),
        "zh": (
            "将时间与排班、换班、备班记录比对；调取全科室的记录，不单要一人的。",
            "看使用的是哪台终端，并与门禁、考勤记录比对。",
            "看打开了什么：只有联系方式，还是与临时到岗相符的诊疗内容和书写。",
        ),
    },
    streams={"harvest": 0.85, "no_care": 0.85, "lookup": 0.85},
    features={"off_duty_unexplained": 1.0, "night_unexplained": 0.8},
)
