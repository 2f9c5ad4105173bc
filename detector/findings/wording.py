"""Sentences about findings in both languages; the same words for the same facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from detector.detection.features import Feature
from detector.detection.patterns import patterns
from detector.model.relations import RELATIONS
from detector.texts.language import Language

REASONS: Final[dict[str, dict[Language, str]]] = {
    "patients": {
        "en": "{text}: {patients} in this period, {value} per working day",
        "zh": "{text}：本期共 {patients} 人，每个工作日平均 {value} 人",
    },
    "accesses": {"en": "{text}: {value} per working day", "zh": "{text}：每个工作日平均 {value} 次"},
    "records": {"en": "{text}: {value} per working day", "zh": "{text}：每个工作日平均 {value} 份"},
    "departments": {"en": "{text}: {value} per working day", "zh": "{text}：每个工作日平均 {value} 个"},
    "unusual_days": {
        "en": "days whose combination of figures is rare among colleagues (statistical models)",
        "zh": "多项指标组合在同岗位人员中罕见的工作日（统计模型）",
    },
    "distinct_viewers": {
        "en": "{viewers} accounts without a recognisable reason opened this record; {returned} came back on another"
        " day, {printed} printed or exported",
        "zh": "{viewers} 个账号在没有可识别理由的情况下打开了这份病历；其中 {returned} 个在其他日期再次打开，"
        "{printed} 个打印或导出",
    },
}

EXPLAINED: Final[dict[str, Mapping[Language, str]]] = {
    **{relation.name: relation.explained for relation in RELATIONS if relation.explained},
    "cleared": {
        "en": "bookings or notes that came later explain the accesses that raised this finding",
        "zh": "后来补录的预约或病程记录已能解释引发本线索的访问",
    },
    "approval": {"en": "suspicious accesses covered by an approval on file", "zh": "已有审批备案的可疑访问"},
    "approved_policy": {"en": "an approval is on file: {reason}", "zh": "已有审批备案：{reason}"},
    "new_account": {
        "en": "the account is new (first seen {since}): no own history yet",
        "zh": "账号新启用（{since} 首次出现），尚无本人历史",
    },
    "colleagues_alike": {
        "en": "{colleagues} colleagues of the unit show the same: it may be a task of the unit",
        "zh": "本科室另有 {colleagues} 名同事情况相同：可能是科室统一任务",
    },
    "explained_viewers": {
        "en": "{viewers} other accounts opened the record in the same days with a recognisable reason",
        "zh": "同期另有 {viewers} 个账号有可识别的理由打开该病历",
    },
    "innocent_causes": {
        "en": "the log cannot show: {causes}",
        "zh": "日志无法体现：{causes}",
    },
}

SUMMARY: Final[dict[Language, str]] = {
    "en": "{meaning}",
    "zh": "{meaning}",
}


def number(value: float | None) -> str:
    """Return a figure as a person would write it."""
    if value is None:
        return "–"
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:.1f}" if value >= 0.1 else f"{value:.2f}"


def reason_text(reason: Mapping[str, Any], language: Language, features: Mapping[str, Feature]) -> str:
    """Return a reason in plain words, without its baselines."""
    name = str(reason["feature"])
    if name.startswith("policy:"):
        return str(reason["texts"][language])
    values = reason.get("values", {})
    if name == "distinct_viewers":
        return REASONS[name][language].format(viewers=int(reason["value"]), **values)
    if name == "unusual_days":
        return REASONS[name][language]
    if name not in features:
        return name
    feature = features[name]
    return REASONS[feature.unit][language].format(
        text=feature.text[language], patients=reason.get("patients", 0), value=number(reason["value"])
    )


def explained_text(one: Mapping[str, Any], language: Language) -> str:
    """Return what speaks for the person in plain words."""
    kind = str(one["kind"])
    if kind == "innocent_causes":
        pattern = patterns().get(str(one["pattern"]))
        causes = pattern.innocent[language] if pattern else ()
        return EXPLAINED[kind][language].format(causes=("; " if language == "en" else "；").join(causes))
    return EXPLAINED[kind][language].format(
        **{key: value for key, value in one.items() if key not in {"kind", "share"}}
    )


def pattern_words(ids: Sequence[str], language: Language, most: int = 3) -> str:
    """Name the first patterns in words; "-" where there are none."""
    known = patterns()
    titles = [known[name].title[language] if name in known else name for name in ids[:most]]
    return ("；" if language == "zh" else "; ").join(titles) or "-"


def summary_text(finding: Mapping[str, Any], language: Language) -> str:
    """Return one sentence that says what the finding looks like."""
    known = patterns()
    named = [known[name].meaning[language] for name in finding["patterns"][:1] if name in known]
    return SUMMARY[language].format(meaning=named[0]) if named else ""
