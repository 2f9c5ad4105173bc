"""Contact data collected from patients whom the account does not look after."""

from detector.findings.patterns.pattern import Pattern

PATTERN = Pattern(
    id="contact-harvesting",
    title={"en": "Contact data collected", "zh": "批量查看联系方式"},
    meaning={
        "en": "Address and phone pages of many patients are opened without clinical content and without a care task.",
        "zh": "没有诊疗任务，却打开许多患者的地址和电话页面，而不看诊疗内容。",
    },
    innocent={
        "en": (
            "follow-up calls or a screening campaign not on file",
            "registration or bed management done for another unit",
            "addresses corrected for discharge letters",
        ),
        "zh": (
            "未登记备案的随访或筛查电话任务",
            "代其他科室办理登记或床位安排",
            "为邮寄出院资料核对地址",
        ),
    },
    misses={
        "en": "Somebody who photographs only pages that the daily work shows anyway.",
        "zh": "只拍摄日常工作中本来就会看到的页面的人。",
    },
    needs={
        "en": "Encounters or patient departments; without them stays are inferred from who writes to the record.",
        "zh": "就诊记录或患者科室；缺少时根据谁书写病历推断住院经过。",
    },
    checks={
        "en": (
            (
                "See on file whether calls or a campaign were assigned; "
                "if asking the nursing department, name no account."
            ),
            "See whether notes or call records exist for the opened patients.",
            "Given complaints about unwanted calls, list the patients: detector trace ranks the accounts.",
            "If no task accounts for it, keep the logs; agree with security and legal before asking anyone.",
        ),
        "zh": (
            "查书面材料，看该时段是否安排过随访或电话任务；向护理部了解时不提账号。",
            "核对所打开的患者是否留有随访记录或通话记录。",
            "有骚扰电话投诉的，将投诉患者列成名单，用 detector trace 排查账号。",
            "查不到任务的，保全日志，与保卫、法务商定后再找人了解情况。",
        ),
    },
    streams={"harvest": 1.0},
    features={"contact_only": 1.0},
)
