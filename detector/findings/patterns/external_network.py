"""Valid accounts used from outside; told by its policy alone."""

from detector.findings.patterns.pattern import Pattern

PATTERN = Pattern(
    id="external-network",
    title={"en": "Access from outside the network", "zh": "院外网络访问"},
    meaning={
        "en": "A valid account was used from an address outside the hospital's networks.",
        "zh": "有效账号从院外网络地址登录或操作。",
    },
    innocent={
        "en": (
            "a home-office or consultation network not in the settings",
            "a vendor's agreed remote maintenance",
            "a mobile device that changed networks",
        ),
        "zh": (
            "远程办公、会诊的网段未写入配置",
            "约定的厂商远程维护",
            "移动设备切换了网络",
        ),
    },
    misses={
        "en": "Use through the VPN, a remote desktop or a machine inside.",
        "zh": "经 VPN、远程桌面或院内机器的使用。",
    },
    needs={
        "en": (
            "Client addresses in the log, and internal_networks in the settings; "
            "without addresses this is not seen, without the setting private ranges count as inside."
        ),
        "zh": "日志中的地址和配置项 internal_networks；缺少地址时看不到，未配置时只把私有网段算作院内。",
    },
    checks={
        "en": (
            "Establish with IT whose address it is: a known VPN, a partner, or unknown.",
            "See which records were opened, and whether the account was in use inside at the same time.",
            "Ask the holder on a known number about remote work; somebody else may be using the account.",
            "If it was not the holder, have the account disabled at once and keep the logs.",
        ),
        "zh": (
            "与信息科查明地址归属：已登记的 VPN、合作单位，还是来历不明。",
            "看打开了哪些病历，同一时间该账号是否也在院内使用。",
            "拨打登记的电话，问本人是否在远程办公；也可能是他人在用此账号。",
            "如非本人操作，立即停用账号并保全日志。",
        ),
    },
)
