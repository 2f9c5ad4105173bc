"""Hours of a source that are missing; told by its policy alone."""

from detector.findings.patterns.pattern import Pattern

PATTERN = Pattern(
    id="log-gap",
    title={"en": "Gap in the log", "zh": "日志中断"},
    meaning={
        "en": "A source sent no events in hours where many are usual; what was opened then is not on record.",
        "zh": "某来源在通常繁忙的时段没有日志，这段时间的访问无从查考。",
    },
    innocent={
        "en": (
            "planned downtime or a change of systems",
            "a file that has not arrived yet",
            "a new name or format of the exported file",
        ),
        "zh": (
            "计划停机或系统切换",
            "文件尚未送达",
            "导出文件改了名称或格式",
        ),
    },
    misses={
        "en": "Gaps shorter than a clock hour; quiet hours; a single module or account missing.",
        "zh": "不足一个整点小时的中断；业务量小的时段；只缺某个模块或账号。",
    },
    needs={
        "en": "Seven days of the source's own history; without it nothing is compared.",
        "zh": "该来源至少 7 天的历史；不足时无从比较。",
    },
    checks={
        "en": (
            "Compare with IT's downtime and change records.",
            "Check collector, disk and transfer; deliver what can be recovered, and run again.",
            "See what other sources show of these hours.",
            "If no reason is found, keep the system's own logs and list the administrators' work in that time.",
        ),
        "zh": (
            "与信息科的停机、变更记录比对。",
            "检查采集任务、磁盘和文件传输，能补的补齐后重新运行。",
            "看其他来源在这段时间的记录。",
            "仍无原因的，保全系统自身日志，并列出这段时间的管理员操作。",
        ),
    },
)
