"""Machines' and third parties' accounts beyond their approval; told by its policy alone."""

from detector.findings.patterns.pattern import Pattern

PATTERN = Pattern(
    id="scope-violation",
    title={"en": "Outside the approved scope", "zh": "超出获准范围"},
    meaning={
        "en": "A service, vendor or kiosk account touched kinds of data for which it was not approved.",
        "zh": "接口、厂商或自助机账号访问了获准范围以外的数据类别。",
    },
    innocent={
        "en": (
            "an extended interface, not yet in the staff table",
            "a category mapped wrongly when the log was read",
            "maintenance agreed on by word of mouth",
        ),
        "zh": (
            "接口已扩展，职工表尚未更新",
            "读取日志时数据类别映射有误",
            "口头同意的维护操作",
        ),
    },
    misses={
        "en": "Misuse within the approved categories; accounts with no approved categories on file.",
        "zh": "获准类别之内的滥用；未登记获准类别的账号。",
    },
    needs={
        "en": "allowed_categories in the staff table; where it is empty the account is not limited, and not judged.",
        "zh": "职工表的 allowed_categories；为空时视为不限，不作判断。",
    },
    checks={
        "en": (
            "Compare the categories touched with contract and approval.",
            "See since when it happens, from which address and at which hours.",
            "Have IT, not the vendor, retrieve what was returned, and count the patients.",
            "If need be have the interface closed, then ask the other side in writing where the data went.",
        ),
        "zh": (
            "将访问的数据类别与合同、审批比对。",
            "看从何时开始，来自哪个地址、什么时段。",
            "由信息科而非厂商调取返回的内容，并统计涉及的患者人数。",
            "必要时先关闭接口，再书面要求对方说明数据去向。",
        ),
    },
)
