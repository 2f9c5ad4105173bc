"""Where records are opened, and what was refused there."""

from __future__ import annotations

from typing import Final

import polars as pl

from detector.detection.features.feature import Feature, without_care

FEATURES: Final = (
    Feature(
        id="away_unexplained",
        family="place",
        unit="patients",
        text={
            "en": "patients without care relation opened at other departments' workstations",
            "zh": "在其他科室的终端上打开的、无诊疗关系的患者数",
        },
        applies=without_care() & pl.col("away"),
    ),
    Feature(
        id="refused_unexplained",
        family="place",
        unit="patients",
        text={
            "en": "patients without care relation of whom an access was refused",
            "zh": "访问曾被拒绝的、无诊疗关系的患者数",
        },
        applies=without_care() & pl.col("failed"),
    ),
)
