"""Lists leave the system: exports and prints far beyond what is usual."""

from detector.findings.patterns.pattern import Pattern

PATTERN = Pattern(
    id="bulk-export",
    title={"en": "Bulk export or printing", "zh": "批量导出或打印"},
    meaning={
        "en": "Far more records are exported or printed in a day than is usual for the account and its peers.",
        "zh": "一天内导出或打印的记录，远多于本人和同岗位的通常数量。",
    },
    innocent={
        "en": (
            "month-end statistics, billing or quality control",
            "an approved research or audit extract not on file",
            "a change of systems, or a test by IT",
        ),
        "zh": (
            "月末统计、结算或质控导出",
            "已批准但未登记的科研或审计取数",
            "系统切换或信息科测试",
        ),
    },
    misses={
        "en": "Exports of ordinary size over many days; photographed screens; database exports that no log records.",
        "zh": "分多日、每次数量如常的导出；拍屏、手抄；不留日志的数据库直接导出。",
    },
    needs={
        "en": "The number of records per export in the log; without it each counts as one, and none stands out.",
        "zh": "日志中每次导出的记录数；缺少时每次只按一条计，看不出数量异常。",
    },
    checks={
        "en": (
            "See on file whether a report, research or audit request covers this day, these columns and this number.",
            "Have IT retrieve query and columns: were names, phone numbers and addresses included?",
            "Learn from IT's own logs where the file went: USB drive, mail, print queue, shared folder.",
            "Until that is clear, keep the logs and ask neither the account holder nor the unit.",
        ),
        "zh": (
            "查有无报表、科研或审计申请，其日期、字段和数量是否与本次导出相符。",
            "请信息科调出查询条件和导出字段，看是否包含姓名、电话、住址。",
            "通过信息科的日志查文件去向：U 盘、邮件、打印队列或共享目录。",
            "查清之前先保全日志，不向本人和所在科室打听。",
        ),
    },
    streams={"export": 1.0},
)
