"""How records are found and used."""

from __future__ import annotations

from typing import Final

import polars as pl

from detector.detection.features.feature import Feature, without_care

FEATURES: Final = (
    Feature(
        id="targeted_searches",
        family="manner",
        unit="patients",
        text={
            "en": "patients looked up by phone or identity number who have no care relation",
            "zh": "按手机号或身份证号检索、且无诊疗关系的患者数",
        },
        applies=without_care() & pl.col("searched_by_identity"),
    ),
    Feature(
        id="name_searches",
        family="manner",
        unit="patients",
        text={"en": "patients looked up by name who have no care relation", "zh": "按姓名检索、且无诊疗关系的患者数"},
        applies=without_care() & pl.col("searched_by_name"),
    ),
    Feature(
        id="read_only_unexplained",
        family="manner",
        unit="patients",
        text={
            "en": "patients without care relation whose clinical record was read and nothing written",
            "zh": "无诊疗关系、只阅读诊疗内容而未书写的患者数",
        },
        applies=without_care() & pl.col("clinical") & ~pl.col("wrote"),
    ),
    Feature(
        id="whole_histories",
        family="manner",
        unit="patients",
        text={
            "en": "patients without care relation of whom three or more kinds of data were opened",
            "zh": "无诊疗关系、却打开三类以上数据的患者数",
        },
        applies=without_care() & (pl.col("breadth") >= 3),
    ),
    Feature(
        id="break_glass_uses",
        family="manner",
        unit="patients",
        text={"en": "patients opened by emergency override", "zh": "以紧急访问方式打开的患者数"},
        applies=pl.col("broke_glass"),
    ),
)
