"""A case for training on one page: what happened, how it was seen, what could have explained it, what the law says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from detector.detection.patterns import patterns
from detector.model.findings import Status
from detector.policies.policy import Policy
from detector.reports.document import Block, Document, Items, Paragraph, Part, Section
from detector.review.training import TrainingCase
from detector.texts import Texts

LAWS: Final = ("records", "supervision", "sensitive")
LESSONS: Final = ("ground", "account", "copies", "ask")


def training_page(case: TrainingCase, policies: Sequence[Policy], texts: Texts) -> Document:
    """Return the page; of ``policies`` those that come with the program are told by their titles and their law."""
    told = [policy for policy in policies if policy.built_in and policy.id in case.policies]
    sections: dict[str, list[Block]] = {
        "happened": [Items("", _happened(case, texts))],
        "seen": [Items("", _seen(case, told, texts))],
        "innocent": _innocent(case, texts),
        "law": [Items("", _law(case, told, texts))],
        "lesson": [Items("", [texts(f"case.lesson_{name}") for name in LESSONS])],
    }
    tone: Final = "alarm" if case.status is Status.CONFIRMED else "good"
    title = texts("case.title", pattern=patterns()[case.patterns[0]].title[texts.language])
    return Document(
        language=texts.language,
        site=texts("case.site"),
        title=title,
        subtitle=texts("case.subtitle"),
        summary=[Paragraph(texts(f"case.{case.status.value}"), tone)],
        parts=[
            Part(
                "case",
                texts("case.part"),
                texts("case.reader"),
                [Section(name, texts(f"case.{name}"), blocks) for name, blocks in sections.items()],
            )
        ],
        footer=[texts("case.footer")],
        labels={key: texts(f"report.label_{key}") for key in ("contents", "figures", "skip", "alert", "item", "back")},
    )


def _happened(case: TrainingCase, texts: Texts) -> list[str]:
    meanings = [patterns()[one].meaning[texts.language] for one in case.patterns]
    return [
        *meanings,
        texts(
            "case.who",
            unit=texts(f"case.unit_{case.unit}"),
            records=texts(f"case.records_{case.records}"),
        ),
        texts("case.when", span=texts(f"case.span_{case.span}"), part=texts(f"case.part_{case.part}")),
    ]


def _seen(case: TrainingCase, told: Sequence[Policy], texts: Texts) -> list[str]:
    by_rule = [texts("case.seen_policy", title=policy.title[texts.language]) for policy in told]
    by_sum = [texts("case.seen_sum")] if not by_rule else []
    drawn = [texts("case.seen_drawn")] if case.sampled else []
    listed = texts(f"case.delay_{case.delay}")
    return [*by_rule, *by_sum, *drawn, listed, texts("case.seen_person")]


def _innocent(case: TrainingCase, texts: Texts) -> list[Block]:
    causes = patterns()[case.patterns[0]].innocent[texts.language]
    return [Paragraph(texts(f"case.innocent_{case.status.value}")), Items("", list(causes))]


def _law(case: TrainingCase, told: Sequence[Policy], texts: Texts) -> list[str]:
    """Return what the law says: of records always, of the policies that fired, of selling where it looked like that."""
    sold = any(patterns()[one].asking_warns for one in case.patterns)
    return [
        *(texts(f"case.law_{name}") for name in LAWS),
        *dict.fromkeys(policy.why[texts.language] for policy in told),
        *([texts("show.marks")] if sold else []),
    ]
