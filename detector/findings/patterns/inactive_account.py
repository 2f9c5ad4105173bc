"""Accounts in use that should rest; told by its policy alone."""

from detector.findings.patterns.pattern import Pattern

PATTERN = Pattern(
    id="inactive-account",
    title={"en": "Account that should be inactive", "zh": "应停用账号仍有活动"},
    meaning={
        "en": "An account was used after its holder had left, or after more than 90 days without use.",
        "zh": "持有人离职之后，或账号闲置 90 天以上之后，又有操作。",
    },
    innocent={
        "en": (
            "rehired or back from leave while the staff table lags",
            "a handover finished after the last day",
            "a duty account that is used only now and then",
        ),
        "zh": (
            "返聘或休假返岗，人事数据未更新",
            "离职后补完交接",
            "偶尔才用的值班账号",
        ),
    },
    misses={
        "en": "Leavers whom the staff table does not know; failed log-ins alone.",
        "zh": "职工表未登记的离职人员；只有失败的登录。",
    },
    needs={
        "en": "Staff status and end dates; without them only accounts unused for more than 90 days are seen.",
        "zh": "职工状态和离职日期；缺少时只能发现闲置 90 天以上的账号。",
    },
    checks={
        "en": (
            "Ask HR for the dates of leaving, rehiring or leave.",
            "Establish from where the account was used; until then, who used it is open.",
            "Unless HR confirms a return, have IT disable the account; review the records it opened.",
        ),
        "zh": (
            "向人事核实离职、返聘或休假日期。",
            "查明使用地点；在此之前，是谁在用尚不能认定。",
            "除非人事确认已返岗，请信息科停用账号，并查其打开的病历。",
        ),
    },
)
