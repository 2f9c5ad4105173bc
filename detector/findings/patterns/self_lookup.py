"""The account holder's own record; told by its policy alone."""

from detector.findings.patterns.pattern import Pattern

PATTERN = Pattern(
    id="self-lookup",
    title={"en": "Own record opened", "zh": "查看本人病历"},
    meaning={
        "en": "A work account opened the record of its own holder.",
        "zh": "用工作账号打开了持有人本人的病历。",
    },
    innocent={
        "en": (
            "the site lets staff read their own record",
            "a namesake opened by mistake and closed at once",
            "the treating colleague used a workstation still logged in",
        ),
        "zh": (
            "本院允许职工查阅本人病历",
            "同名误点后随即关闭",
            "接诊同事使用了尚未退出的账号",
        ),
    },
    misses={
        "en": "A colleague asked to look instead; staff whose record number is not on file.",
        "zh": "请同事代查；未登记本人病历号的职工。",
    },
    needs={
        "en": "Staff's own record numbers; without them this is not seen.",
        "zh": "职工本人病历号；缺少时看不到此类情形。",
    },
    checks={
        "en": (
            "Check the site's rule on reading one's own record.",
            "See whether anything was written, changed, signed or printed.",
            "Ask the person for the reason, and point to the records office or the patient app.",
        ),
        "zh": (
            "核对本院对职工查阅本人病历的规定。",
            "看有无书写、改动、签名或打印。",
            "请本人说明原因，并告知可到病案室或通过患者端查阅。",
        ),
    },
)
