"""What is worth money, or curiosity."""

from __future__ import annotations

from typing import Final

import polars as pl

from detector.detection.features.feature import Feature, without_care

FEATURES: Final = (
    Feature(
        id="maternity_unexplained",
        family="market",
        unit="patients",
        text={
            "en": "pregnant women and new mothers outside the unit's current care",
            "zh": "不在本科室现时诊疗中的孕产妇数",
        },
        applies=without_care() & pl.col("maternity"),
    ),
    Feature(
        id="newborn_contact",
        family="market",
        unit="patients",
        text={
            "en": "newborns of whom only the parents' contact page was opened",
            "zh": "只打开其父母联系方式页的新生儿数",
        },
        applies=pl.col("newborn") & (pl.col("access_type") == "contact"),
    ),
    Feature(
        id="sensitive_unexplained",
        family="object",
        unit="patients",
        text={
            "en": "patients without care relation whose psychiatric, reproductive or infectious record was opened",
            "zh": "无诊疗关系、却被打开精神、生殖或传染病记录的患者数",
        },
        applies=without_care() & pl.col("sensitive"),
    ),
    Feature(
        id="sensitive_place",
        family="object",
        unit="patients",
        text={
            "en": "patients without care relation of a department or category that the site holds sensitive",
            "zh": "属于本院指定敏感科室或类别、且无诊疗关系的患者数",
        },
        applies=without_care() & pl.col("sensitive_place"),
    ),
    Feature(
        id="vip_unexplained",
        family="object",
        unit="patients",
        text={"en": "persons of public interest without care relation", "zh": "无诊疗关系的公众人物患者数"},
        applies=without_care() & pl.col("vip"),
    ),
    Feature(
        id="colleague_unexplained",
        family="object",
        unit="patients",
        text={"en": "members of staff without care relation", "zh": "无诊疗关系的本院职工患者数"},
        applies=without_care() & pl.col("colleague"),
    ),
    Feature(
        id="household_unexplained",
        family="object",
        unit="patients",
        text={
            "en": "members of the account holder's household without care relation",
            "zh": "无诊疗关系的本人家庭成员数",
        },
        applies=without_care() & pl.col("household"),
    ),
)
