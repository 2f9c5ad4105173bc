"""Accesses to patients with whom nothing on record connects the account."""

from detector.findings.patterns.pattern import Pattern

PATTERN = Pattern(
    id="no-care-relationship",
    title={"en": "No care relationship", "zh": "无诊疗关系"},
    meaning={
        "en": "Patients are opened with whom neither account nor unit has a current care relation or task on record.",
        "zh": "打开的患者与本人、本科室都查不到现时诊疗关系或工作任务。",
    },
    innocent={
        "en": (
            "a consultation, transfer or order entered late",
            "cover on another ward, rotation, or a new duty not yet on file",
            "quality control, teaching, research, or a complaint being handled",
            "a namesake opened by mistake",
        ),
        "zh": (
            "会诊、转科或医嘱补录较晚",
            "支援其他病区、轮转或新岗位尚未登记",
            "质控、教学、科研或投诉处理",
            "同名患者误点",
        ),
    },
    misses={
        "en": "Improper use of records of patients whom the unit does look after.",
        "zh": "对本科室在治患者信息的不当使用。",
    },
    needs={
        "en": (
            "Encounters and care team; without encounters stays are inferred from who writes to the record, "
            "and more innocent access stays unexplained."
        ),
        "zh": "就诊记录和诊疗团队；缺少就诊记录时根据谁书写病历推断，未能解释的正常访问会增多。",
    },
    checks={
        "en": (
            "Look for consultations, orders, transfers and bookings that were entered after the access.",
            "See what the opened patients have in common: ward, diagnosis, address, date of birth or delivery.",
            "See whether the account wrote anything, and whether others of its unit opened the same patients.",
            (
                "Ask the medical affairs office in general terms about tasks, before anyone speaks to the "
                "account holder."
            ),
        ),
        "zh": (
            "查访问之后补录的会诊、医嘱、转科和预约。",
            "看所打开的患者有何共同点：病区、诊断、住址、出生或分娩日期。",
            "看该账号有无书写，同科室其他人是否也打开过这些患者。",
            "先向医务部门笼统了解有无相关任务，暂不与本人接触。",
        ),
    },
    streams={"no_care": 0.9, "unusual": 0.5, "lookup": 0.5, "sensitive": 0.5},
)
