"""Interest in how to reach a patient rather than in what ails the patient."""

from __future__ import annotations

from typing import Final

import polars as pl

from detector.detection.features.feature import Feature, without_care

FEATURES: Final = (
    Feature(
        id="contact_only",
        family="contact",
        unit="patients",
        text={
            "en": "patients of whom only the address and phone page was opened, nothing clinical",
            "zh": "只打开联系方式页、未看任何诊疗内容的患者数",
        },
        applies=pl.col("access_type") == "contact",
    ),
    Feature(
        id="contact_unexplained",
        family="contact",
        unit="patients",
        text={
            "en": "patients outside the unit's care of whom only the address and phone page was opened",
            "zh": "不在本科室诊疗中、却只打开其联系方式页的患者数",
        },
        applies=without_care() & (pl.col("access_type") == "contact"),
    ),
    Feature(
        id="exported_records",
        family="contact",
        unit="records",
        text={"en": "patients' records printed or exported", "zh": "打印或导出的患者记录数"},
        applies=pl.col("records") > 0,
        amount=pl.col("records"),
    ),
    Feature(
        id="exports_unexplained",
        family="contact",
        unit="patients",
        text={
            "en": "patients outside the unit's care whose record was printed or exported",
            "zh": "不在本科室诊疗中、却被打印或导出记录的患者数",
        },
        applies=without_care() & (pl.col("access_type") == "export"),
    ),
)
