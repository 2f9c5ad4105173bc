"""Records taken in the order of their numbers; told by its policy alone."""

from detector.findings.patterns.pattern import Pattern

PATTERN = Pattern(
    id="record-enumeration",
    title={"en": "Record numbers in sequence", "zh": "按病历号连号打开"},
    meaning={
        "en": "Records are opened in the order of their numbers, as a program works and care does not.",
        "zh": "按号码顺序逐个打开病历，像程序抓取，不像诊疗工作。",
    },
    innocent={
        "en": (
            "an approved migration or data-quality job",
            "an interface that synchronises again after a failure",
            "records filed or coded in the order of their numbers",
        ),
        "zh": (
            "已批准的数据迁移或质量核查",
            "接口故障后重新同步",
            "按号整理、编目病案",
        ),
    },
    misses={
        "en": "Numbers taken in shuffled order, very slowly, or by several accounts in turn.",
        "zh": "打乱顺序、放慢速度或由多个账号分摊的抓取。",
    },
    needs={
        "en": "Record numbers with digits, and care relations; without these a ward's adjoining numbers may be listed.",
        "zh": "含数字的病历号和诊疗关系；缺少诊疗关系时，号码相连的病区工作也可能列出。",
    },
    checks={
        "en": (
            "Ask IT whether a job, a test or an approval covers this account at that time.",
            "Look at address, program and pace: a person at a workstation, or a machine?",
            "Establish which numbers and which data were returned, and count the patients.",
            "Without an explanation keep the logs, and agree with IT how to suspend the account without harm to care.",
        ),
        "zh": (
            "向信息科核实该账号当时有无批量任务、测试或审批。",
            "看来源地址、程序和间隔：是人在终端操作，还是机器运行？",
            "查明返回了哪些号码、哪些内容，并统计涉及的患者人数。",
            "没有合理解释的，先保全日志，再与信息科商定如何停用而不影响诊疗。",
        ),
    },
)
