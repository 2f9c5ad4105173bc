"""Single patients looked up by phone or identity number, rarely and for long."""

from detector.findings.patterns.pattern import Pattern

PATTERN = Pattern(
    id="targeted-lookup",
    title={"en": "Targeted look-up of single patients", "zh": "定向查询个别患者"},
    meaning={
        "en": "Now and then a patient not in the unit's care is found by phone or identity number and read.",
        "zh": "不时按手机号或身份证号查找单个患者并翻看病历，而本科室并未为其诊疗。",
    },
    innocent={
        "en": (
            "an enquiry by phone or at the desk",
            "a patient without a card, or at the wrong counter",
            "a consultation or second opinion asked for in person",
            "a claim, a complaint or an official request being handled",
        ),
        "zh": (
            "电话或窗口咨询",
            "患者未带卡或走错窗口",
            "当面请求的会诊或咨询",
            "处理理赔、投诉或公安、法院协查",
        ),
    },
    misses={
        "en": "Look-ups by name or from a list; patients whom the unit has in its care.",
        "zh": "按姓名或从列表打开的查询；本科室在治的患者。",
    },
    needs={
        "en": "The kind of search in the log (phone, identity number); without it only the missing relation is seen.",
        "zh": "日志中的检索方式（手机号、身份证号）；缺少时只能列为无诊疗关系的访问。",
    },
    checks={
        "en": (
            "Compare each look-up with that day's visits, enquiries and official requests.",
            "See what was read or printed after the search: one result, or the whole history?",
            "See in the complaints file whether any of these patients reported that information got out.",
            "Keep the logs, and agree with security and legal before anyone speaks to the account holder.",
        ),
        "zh": (
            "逐次与当日的就诊、咨询登记和协查公函比对。",
            "看检索之后阅读或打印了什么：一项结果，还是全部病史？",
            "查投诉登记，看这些患者中有无人反映信息外泄。",
            "保全日志，与保卫、法务商定后再找本人了解情况。",
        ),
    },
    streams={"lookup": 1.0},
    features={"targeted_searches": 1.5},
)
