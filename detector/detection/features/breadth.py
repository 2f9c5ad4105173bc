"""How many patients, and how many of them nobody sent."""

from __future__ import annotations

from typing import Final

import polars as pl

from detector.detection.features.feature import Feature, without_care
from detector.model.relations import counted_by

FEATURES: Final = (
    Feature(
        id="patients",
        family="breadth",
        unit="patients",
        text={"en": "patients whose record was opened", "zh": "打开过病历的患者数"},
        applies=pl.col("patient_id").is_not_null(),
    ),
    Feature(
        id="unexplained_patients",
        family="breadth",
        unit="patients",
        text={
            "en": "patients without any current care relation to the account or its unit",
            "zh": "与本人及本科室均无现时诊疗关系的患者数",
        },
        applies=without_care(),
    ),
    Feature(
        id="untouched_by_unit",
        family="breadth",
        unit="patients",
        text={
            "en": "patients without care relation in whose record nobody else wrote around that day",
            "zh": "无诊疗关系且前后数日无他人书写病历的患者数",
        },
        applies=without_care() & (pl.col("corroboration") == "none"),
    ),
    Feature(
        id="strangers",
        family="breadth",
        unit="patients",
        text={"en": "patients who are in no department's care at all", "zh": "不在任何科室就诊的患者数"},
        applies=pl.col("relation").is_in(counted_by("strangers")),
    ),
    Feature(
        id="accesses",
        family="breadth",
        unit="accesses",
        text={"en": "accesses (one patient, one minute)", "zh": "访问次数（一名患者一分钟计一次）"},
        applies=pl.col("patient_id").is_not_null(),
        amount=pl.col("accesses"),
    ),
)
