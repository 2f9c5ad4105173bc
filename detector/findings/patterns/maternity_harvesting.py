"""Contact data of mothers and newborns, the segment that is paid for best."""

from detector.findings.patterns.pattern import Pattern

PATTERN = Pattern(
    id="maternity-harvesting",
    title={"en": "Contacts of mothers and newborns collected", "zh": "批量查看产妇和新生儿联系方式"},
    meaning={
        "en": "Contact details of women around birth or of newborns are opened; no care or follow-up accounts for it.",
        "zh": "打开孕产妇或新生儿的联系方式，却查不到相应的诊疗或随访任务。",
    },
    innocent={
        "en": (
            "a newborn-screening or vaccination phone campaign not on file",
            "follow-up calls after which no note was left",
            "beds or antenatal classes arranged for mothers not yet admitted",
            "addresses checked for birth certificates",
        ),
        "zh": (
            "未登记备案的新生儿筛查、预防接种电话任务",
            "产后随访电话未留随访记录",
            "为待产孕妇安排床位或孕妇学校课程",
            "为办理出生医学证明核对住址",
        ),
    },
    misses={
        "en": "Somebody who notes down only what the ward's work shows anyway; given complaints, trace can help.",
        "zh": "只抄录病区日常工作本来就能看到的内容的人；有家属投诉后可借助 trace 追查。",
    },
    needs={
        "en": (
            "Encounters, patient flags, birth dates; without them obstetric pages in the log tell mothers "
            "and newborns, and who writes to the record tells stays."
        ),
        "zh": "就诊记录、患者标记和出生日期；缺少时按日志中的产科、新生儿页面识别母婴，按谁书写病历推断住院经过。",
    },
    checks={
        "en": (
            "First consult what is on file, not the ward: rosters, follow-up lists, campaigns, approvals.",
            "Compare the patients with complaints about calls from photographers, postnatal care or formula sales.",
            "Given complaints, list the patients: detector trace ranks the accounts that fit.",
            "If no task accounts for it, keep logs and footage; agree with security and legal before asking anyone.",
        ),
        "zh": (
            "先查书面材料，不惊动病区：排班、随访名单、电话任务和审批。",
            "将所列患者与接到摄影、月子中心、奶粉推销电话的投诉比对。",
            "有投诉时，将投诉患者列成名单，用 detector trace 排查账号。",
            "查不到任务的，保全日志和监控录像，与保卫、法务商定后再找人了解情况。",
        ),
    },
    streams={"harvest": 1.1},
    features={"maternity_unexplained": 1.8, "newborn_contact": 1.8},
)
