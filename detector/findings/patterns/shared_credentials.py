"""One account used by several people."""

from detector.findings.patterns.pattern import Pattern

PATTERN = Pattern(
    id="shared-credentials",
    title={"en": "One account in several places", "zh": "同一账号多处使用"},
    meaning={
        "en": "One account goes back and forth between workstations faster than one person plausibly moves.",
        "zh": "同一账号在不同终端之间往返使用，不像是一个人在操作。",
    },
    innocent={
        "en": (
            "a mobile cart used beside the ward's desk",
            "a remote desktop or terminal server",
            "a duty-room machine left logged in",
        ),
        "zh": (
            "移动推车与护士站电脑并用",
            "远程桌面或终端服务器",
            "值班室公用机未退出登录",
        ),
    },
    misses={
        "en": "People who take turns at one workstation; lending with long pauses.",
        "zh": "同一台电脑上轮流使用；间隔较长的借用。",
    },
    needs={
        "en": "Workstations or client addresses in the log; without both this is not seen.",
        "zh": "日志中的终端或地址；两者都缺少时看不到此类情形。",
    },
    checks={
        "en": (
            "See whether one person can get from one place to the other in that time.",
            "Ask IT whether these are carts, remote desktops or shared machines.",
            "Compare the patients opened at each place with the roster there.",
            "Until that is settled, do not put all accesses down to the account holder.",
        ),
        "zh": (
            "核对一个人能否在该时间内往返两处。",
            "向信息科核实是否为推车、远程桌面或公用机。",
            "将两处打开的患者与当地排班比对，看更像谁的工作。",
            "查清之前，不要把这些访问都算在账号持有人名下。",
        ),
    },
    streams={"credentials": 1.0},
)
