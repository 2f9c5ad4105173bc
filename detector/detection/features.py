"""The features: one number per account and day each, that a reason can name and that models see.

A new feature is one entry of :data:`FEATURES`: its column in ``account_days`` is made by the next night, and is empty
(null) on dates before. Reasons compare over the dates that have it; models leave it out until all of theirs do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import polars as pl

from detector.model.relations import counted_by, seen
from detector.texts.language import Language

Facet = Literal["whom", "how", "when", "where", "compared"]


@dataclass(frozen=True, slots=True)
class Feature:
    """One number per account and business date, over the rows of ``facts`` (one per patient) of that day.

    ``applies`` is the condition for a patient of the day to count; ``amount`` is what a patient adds (default: 1, so
    that the feature is a number of patients). ``unit`` is what is counted. All features point upwards: more is less
    explicable. ``text`` names it in plain words, to be followed by figures of a period. ``broad`` features count work
    as such: they are shown as context, and are never a reason by themselves.

    ``of_interfaces``: it counts what accounts of services, vendors and kiosks do, the others count what people do.
    ``steady``: what counts is on how many days it shows, which its sentence says as well.

    ``facet`` is what it says of the accesses: of whom, how, when or where records were opened, or how much in
    comparison with others. ``of_these`` completes "of these patients 32 …": what it says where a stronger reason has
    named almost all of its patients; a feature that is no reason of single accesses has none.
    """

    id: str
    unit: Literal["patients", "accesses", "records", "departments"]
    text: Mapping[Language, str]
    facet: Facet
    applies: pl.Expr
    amount: pl.Expr | None = None
    broad: bool = False
    of_interfaces: bool = False
    steady: bool = False
    of_these: Mapping[Language, str] = field(default_factory=dict)

    def per_day(self) -> pl.Expr:
        """Return the aggregation over the rows of an account's day: an integer column named by the id."""
        value = pl.lit(1) if self.amount is None else self.amount
        return pl.when(self.applies.fill_null(value=False)).then(value).otherwise(0).sum().cast(pl.Int64).alias(self.id)


def without_care() -> pl.Expr:
    """Return the condition that no relation accounts for the access."""
    return pl.col("without_care")


def by_interface() -> pl.Expr:
    """Return the condition that an account which is no person's read a record and wrote nothing into it."""
    return (pl.col("account_type") != "human") & ~pl.col("wrote")


FEATURES: Final[tuple[Feature, ...]] = (
    # how many patients, and how many of them nobody sent
    Feature(
        id="patients",
        unit="patients",
        facet="compared",
        text={"en": "patients whose record was opened", "zh": "打开过病历的患者数"},
        applies=pl.col("patient_id").is_not_null(),
        broad=True,
    ),
    Feature(
        id="unexplained_patients",
        unit="patients",
        facet="whom",
        text={
            "en": "patients without any current care relation to the account or its unit",
            "zh": "与本人及本科室均无现时诊疗关系的患者数",
        },
        of_these={"en": "without any current care relation", "zh": "与本科室无现时诊疗关系"},
        applies=without_care(),
    ),
    Feature(
        id="untouched_by_unit",
        unit="patients",
        facet="whom",
        text={
            "en": "patients without care relation in whose record nobody else wrote around that day",
            "zh": "无诊疗关系且前后数日无他人书写病历的患者数",
        },
        of_these={"en": "in whose record nobody else wrote around that day", "zh": "前后数日无他人书写病历"},
        applies=without_care() & (pl.col("corroboration") == "none"),
    ),
    Feature(
        id="strangers",
        unit="patients",
        facet="whom",
        text={"en": "patients who are in no department's care at all", "zh": "不在任何科室就诊的患者数"},
        of_these={"en": "in no department's care at all", "zh": "不在任何科室就诊"},
        applies=pl.col("relation").is_in(counted_by("strangers")),
    ),
    Feature(
        id="accesses",
        unit="accesses",
        facet="compared",
        text={"en": "accesses (one patient, one minute)", "zh": "访问次数（一名患者一分钟计一次）"},
        applies=pl.col("patient_id").is_not_null(),
        amount=pl.col("accesses"),
        broad=True,
    ),
    # interest in how to reach a patient rather than in what ails the patient
    Feature(
        id="contact_only",
        unit="patients",
        facet="how",
        text={
            "en": "patients of whom only the address and phone page was opened, nothing clinical",
            "zh": "只打开联系方式页、未看任何诊疗内容的患者数",
        },
        of_these={"en": "with only the address and phone page opened", "zh": "只打开联系方式页"},
        applies=pl.col("access_type") == "contact",
    ),
    Feature(
        id="contact_unexplained",
        unit="patients",
        facet="how",
        text={
            "en": "patients outside the unit's care of whom only the address and phone page was opened",
            "zh": "不在本科室诊疗中、却只打开其联系方式页的患者数",
        },
        of_these={"en": "outside the unit's care, contact page only", "zh": "不在本科室诊疗中且只打开联系方式页"},
        applies=without_care() & (pl.col("access_type") == "contact"),
    ),
    Feature(
        id="contact_in_care",
        unit="patients",
        facet="how",
        text={
            "en": "patients in the unit's care of whom only the address and phone page was opened",
            "zh": "在本科室诊疗中、却只打开其联系方式页的患者数",
        },
        of_these={"en": "in the unit's care, contact page only", "zh": "在本科室诊疗中却只打开联系方式页"},
        steady=True,
        applies=(pl.col("access_type") == "contact") & pl.col("relation").is_in(counted_by("contact_in_care")),
    ),
    Feature(
        id="exported_records",
        unit="records",
        facet="how",
        text={"en": "patients' records exported, or printed several at a time", "zh": "导出或成批打印的患者记录数"},
        applies=pl.col("records") > 0,
        amount=pl.col("records"),
        broad=True,
    ),
    Feature(
        id="exports_unexplained",
        unit="patients",
        facet="how",
        text={
            "en": "patients outside the unit's care whose record was printed or exported",
            "zh": "不在本科室诊疗中、却被打印或导出记录的患者数",
        },
        of_these={"en": "outside the unit's care and printed or exported", "zh": "不在本科室诊疗中却被打印或导出"},
        applies=without_care() & (pl.col("access_type") == "export"),
    ),
    # how records are found and used
    Feature(
        id="targeted_searches",
        unit="patients",
        facet="how",
        text={
            "en": "patients looked up by phone or identity number who have no care relation",
            "zh": "按手机号或身份证号检索、且无诊疗关系的患者数",
        },
        of_these={"en": "looked up by phone or identity number", "zh": "按手机号或身份证号检索"},
        applies=without_care() & pl.col("searched_by_identity"),
    ),
    Feature(
        id="name_searches",
        unit="patients",
        facet="how",
        text={"en": "patients looked up by name who have no care relation", "zh": "按姓名检索、且无诊疗关系的患者数"},
        of_these={"en": "looked up by name", "zh": "按姓名检索"},
        applies=without_care() & pl.col("searched_by_name"),
    ),
    Feature(
        id="read_only_unexplained",
        unit="patients",
        facet="how",
        text={
            "en": "patients without care relation whose clinical record was read and nothing written",
            "zh": "无诊疗关系、只阅读诊疗内容而未书写的患者数",
        },
        of_these={"en": "whose clinical record was read and nothing written", "zh": "只阅读而未书写诊疗内容"},
        applies=without_care() & pl.col("clinical") & ~pl.col("wrote"),
    ),
    Feature(
        id="whole_histories",
        unit="patients",
        facet="how",
        text={
            "en": "patients without care relation of whom three or more kinds of data were opened",
            "zh": "无诊疗关系、却打开三类以上数据的患者数",
        },
        of_these={"en": "with three or more kinds of data opened", "zh": "打开三类以上数据"},
        applies=without_care() & (pl.col("breadth") >= 3),
    ),
    Feature(
        id="break_glass_uses",
        unit="patients",
        facet="how",
        text={"en": "patients opened by emergency override", "zh": "以紧急访问方式打开的患者数"},
        of_these={"en": "opened by emergency override", "zh": "以紧急访问方式打开"},
        applies=pl.col("broke_glass"),
    ),
    # when records are opened
    Feature(
        id="off_duty_unexplained",
        unit="patients",
        facet="when",
        text={
            "en": "patients without care relation opened outside the account's roster",
            "zh": "排班时间以外打开的、无诊疗关系的患者数",
        },
        of_these={"en": "opened outside the account's roster", "zh": "在排班时间以外打开"},
        applies=without_care() & pl.col("off_roster"),
    ),
    Feature(
        id="night_unexplained",
        unit="patients",
        facet="when",
        text={
            "en": "patients without care relation opened in the site's night hours",
            "zh": "夜间时段打开的、无诊疗关系的患者数",
        },
        of_these={"en": "opened in the site's night hours", "zh": "在夜间时段打开"},
        applies=without_care() & pl.col("at_night"),
    ),
    Feature(
        id="day_off_unexplained",
        unit="patients",
        facet="when",
        text={
            "en": "patients without care relation opened on weekends or public holidays",
            "zh": "周末或法定节假日打开的、无诊疗关系的患者数",
        },
        of_these={"en": "opened on weekends or public holidays", "zh": "在周末或法定节假日打开"},
        applies=without_care() & pl.col("day_off"),
    ),
    Feature(
        id="after_discharge",
        unit="patients",
        facet="whom",
        text={
            "en": "patients of the unit discharged more than a week ago and no longer followed up",
            "zh": "出院超过一周且未在随访的本科室患者数",
        },
        of_these={"en": "discharged more than a week ago and no longer followed up", "zh": "出院超过一周且未在随访"},
        applies=pl.col("relation").is_in(counted_by("after_discharge")),
    ),
    Feature(
        id="clinic_only",
        unit="patients",
        facet="whom",
        text={
            "en": "patients known to the unit from earlier clinic visits only",
            "zh": "仅曾在本科室门诊就诊、当日并无就诊的患者数",
        },
        of_these={"en": "known to the unit from earlier clinic visits only", "zh": "仅曾在本科室门诊就诊"},
        applies=pl.col("relation").is_in(counted_by("clinic_only")),
    ),
    # where records are opened, and what was refused there
    Feature(
        id="away_unexplained",
        unit="patients",
        facet="where",
        text={
            "en": "patients without care relation opened at other departments' workstations",
            "zh": "在其他科室的终端上打开的、无诊疗关系的患者数",
        },
        of_these={"en": "opened at other departments' workstations", "zh": "在其他科室的终端上打开"},
        applies=without_care() & pl.col("away"),
    ),
    Feature(
        id="refused_unexplained",
        unit="patients",
        facet="how",
        text={
            "en": "patients without care relation of whom an access was refused",
            "zh": "访问曾被拒绝的、无诊疗关系的患者数",
        },
        of_these={"en": "to whom an access was refused", "zh": "访问曾被拒绝"},
        applies=without_care() & pl.col("failed"),
    ),
    # what is worth money, or curiosity
    Feature(
        id="maternity_unexplained",
        unit="patients",
        facet="whom",
        text={
            "en": "pregnant women and new mothers outside the unit's current care",
            "zh": "不在本科室现时诊疗中的孕产妇数",
        },
        of_these={
            "en": "pregnant women or new mothers outside the unit's current care",
            "zh": "为不在本科室诊疗中的孕产妇",
        },
        applies=without_care() & pl.col("maternity"),
    ),
    Feature(
        id="maternity_contact",
        unit="patients",
        facet="whom",
        text={
            "en": "pregnant women and new mothers of whom only the address and phone page was opened",
            "zh": "只打开联系方式页的孕产妇数",
        },
        of_these={"en": "pregnant women or new mothers, contact page only", "zh": "为只打开联系方式页的孕产妇"},
        applies=pl.col("maternity") & (pl.col("access_type") == "contact"),
    ),
    Feature(
        id="newborn_contact",
        unit="patients",
        facet="whom",
        text={
            "en": "newborns of whom only the parents' contact page was opened",
            "zh": "只打开其父母联系方式页的新生儿数",
        },
        of_these={
            "en": "newborns of whom only the parents' contact page was opened",
            "zh": "为只打开其父母联系方式页的新生儿",
        },
        applies=pl.col("newborn") & (pl.col("access_type") == "contact"),
    ),
    Feature(
        id="sensitive_unexplained",
        unit="patients",
        facet="whom",
        text={
            "en": "patients without care relation whose psychiatric, reproductive or infectious record was opened",
            "zh": "无诊疗关系、却被打开精神、生殖或传染病记录的患者数",
        },
        of_these={
            "en": "with a psychiatric, reproductive or infectious record opened without care relation",
            "zh": "无诊疗关系却被打开精神、生殖或传染病记录",
        },
        applies=without_care() & pl.col("sensitive"),
    ),
    Feature(
        id="sensitive_place",
        unit="patients",
        facet="whom",
        text={
            "en": "patients without care relation of a department or category that the site holds sensitive",
            "zh": "属于本院指定敏感科室或类别、且无诊疗关系的患者数",
        },
        of_these={
            "en": "without care relation and of a department or category that the site holds sensitive",
            "zh": "属于本院指定敏感科室或类别且无诊疗关系",
        },
        applies=without_care() & pl.col("sensitive_place"),
    ),
    Feature(
        id="vip_unexplained",
        unit="patients",
        facet="whom",
        text={"en": "persons of public interest without care relation", "zh": "无诊疗关系的受关注人物数"},
        of_these={"en": "persons of public interest", "zh": "为受关注人物"},
        applies=without_care() & pl.col("vip"),
    ),
    Feature(
        id="colleague_unexplained",
        unit="patients",
        facet="whom",
        text={"en": "members of staff without care relation", "zh": "无诊疗关系的本院职工患者数"},
        of_these={"en": "members of staff", "zh": "为本院职工"},
        applies=without_care() & pl.col("colleague"),
    ),
    Feature(
        id="household_unexplained",
        unit="patients",
        facet="whom",
        text={
            "en": "members of the account holder's household without care relation",
            "zh": "无诊疗关系的本人家庭成员数",
        },
        of_these={"en": "members of the account holder's household", "zh": "为本人家庭成员"},
        applies=without_care() & pl.col("household"),
    ),
    Feature(
        id="read_without_visit",
        unit="patients",
        facet="whom",
        text={
            "en": "patients who were not in the hospital that day and whose record the account read",
            "zh": "当日不在院、也无就诊，却被该账号读取的患者数",
        },
        of_these={"en": "not in the hospital that day", "zh": "当日不在院且无就诊"},
        applies=by_interface() & ~pl.col("relation").is_in(seen("present")),
        of_interfaces=True,
    ),
    Feature(
        id="read_from_archive",
        unit="patients",
        facet="whom",
        text={
            "en": "patients without any visit in the last 30 days whose record the account read",
            "zh": "30 日内无任何就诊，却被该账号读取的患者数",
        },
        of_these={"en": "without any visit in the last 30 days", "zh": "30 日内无任何就诊"},
        applies=by_interface() & pl.col("relation").is_in(seen("archive")),
        of_interfaces=True,
    ),
    Feature(
        id="read_while_present",
        unit="patients",
        facet="compared",
        text={
            "en": "patients there that day whose record the account read",
            "zh": "当日在院或有就诊、被该账号读取的患者数",
        },
        of_these={"en": "in the hospital that day", "zh": "当日在院或有就诊"},
        applies=by_interface() & pl.col("relation").is_in(seen("present")),
        of_interfaces=True,
    ),
)
"""Every feature, in the order of the columns of ``account_days``."""

BY_ID: Final[dict[str, Feature]] = {feature.id: feature for feature in FEATURES}


def account_days(facts: pl.DataFrame) -> pl.DataFrame:
    """Fold ``facts`` into one row per account and date: the keys and one integer column per feature."""
    keys = ["business_date", "user_id", "department", "role", "account_type"]
    return facts.group_by(keys).agg(feature.per_day() for feature in FEATURES).sort("business_date", "user_id")


def features_of_access() -> pl.Expr:
    """Return the column ``features``: ids of the features, broad ones left out, that an access counts for."""
    named = [
        pl.when(
            feature.applies.fill_null(value=False) & ((pl.col("account_type") != "human") == feature.of_interfaces)
        ).then(pl.lit(feature.id))
        for feature in FEATURES
        if not feature.broad
    ]
    return pl.concat_list(named).list.drop_nulls().alias("features")
