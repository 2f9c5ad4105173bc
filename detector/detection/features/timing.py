"""When records are opened."""

from __future__ import annotations

from typing import Final

import polars as pl

from detector.detection.features.feature import Feature, without_care
from detector.model.relations import counted_by

FEATURES: Final = (
    Feature(
        id="off_duty_unexplained",
        family="timing",
        unit="patients",
        text={
            "en": "patients without care relation opened outside the account's roster",
            "zh": "排班时间以外打开的、无诊疗关系的患者数",
        },
        applies=without_care() & pl.col("off_roster"),
    ),
    Feature(
        id="night_unexplained",
        family="timing",
        unit="patients",
        text={
            "en": "patients without care relation opened between 22:00 and 06:00",
            "zh": "22 时至次日 6 时打开的、无诊疗关系的患者数",
        },
        applies=without_care() & pl.col("at_night"),
    ),
    Feature(
        id="day_off_unexplained",
        family="timing",
        unit="patients",
        text={
            "en": "patients without care relation opened on weekends or public holidays",
            "zh": "周末或法定节假日打开的、无诊疗关系的患者数",
        },
        applies=without_care() & pl.col("day_off"),
    ),
    Feature(
        id="after_discharge",
        family="timing",
        unit="patients",
        text={
            "en": "patients of the unit discharged more than a week ago and no longer followed up",
            "zh": "出院超过一周且未在随访的本科室患者数",
        },
        applies=pl.col("relation").is_in(counted_by("after_discharge")),
    ),
    Feature(
        id="clinic_only",
        family="timing",
        unit="patients",
        text={
            "en": "patients known to the unit from earlier clinic visits only",
            "zh": "仅曾在本科室门诊就诊、当日并无就诊的患者数",
        },
        applies=pl.col("relation").is_in(counted_by("clinic_only")),
    ),
)
