"""The list of findings, highest risk first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

from detector.cli.render.screen_table import ScreenColumn
from detector.cli.render.text import wrap
from detector.cli.typed_words import with_id
from detector.model.findings import FindingRow
from detector.texts import Texts
from detector.texts.untrusted import called

if TYPE_CHECKING:
    from detector.cli.session import Session
    from detector.review.listing import Look

LOWERED_KEYS: Final = (
    "finding_id", "user_id", "user_name", "patterns", "decided_through", "until", "officer", "note", "days", "accesses",
    "patients", "firings", "later",
)  # fmt: skip


def columns(texts: Texts) -> list[ScreenColumn]:
    """Return the columns of the table."""

    def severity_style(row: FindingRow) -> tuple[str, ...]:
        return {"critical": ("bold", "red"), "high": ("red",), "medium": ("yellow",)}.get(str(row["severity"]), ())

    def standing_style(row: FindingRow) -> tuple[str, ...]:
        return {"new": ("bold",), "grown": ("bold",), "open": ()}.get(str(row["standing"]), ("dim",))

    return [
        ScreenColumn("finding_id", texts("findings.id")),
        ScreenColumn("risk", texts("findings.risk"), align="right", text=lambda risk: f"{risk:.0f}"),
        ScreenColumn("severity_name", texts("findings.severity"), style=severity_style),
        ScreenColumn("standing_name", texts("findings.standing"), style=standing_style),
        ScreenColumn("who", texts("findings.who"), fit="wrap"),
        ScreenColumn("department", texts("findings.department"), fit="clip"),
        ScreenColumn("pattern", texts("findings.pattern"), fit="wrap"),
        ScreenColumn("records", texts("findings.records"), align="right", text=lambda count: f"{count:,}"),
        ScreenColumn("last_seen", texts("findings.seen")),
    ]


def table_rows(
    findings: Sequence[FindingRow], look: Look, texts: Texts, length: int | None = None
) -> list[dict[str, Any]]:
    """Return the findings with the words that the table shows, their ids cut to a ``length`` that tells them apart."""
    from detector.review.listing import standing_of

    rows = []
    for finding in findings:
        standing = standing_of(finding, look)
        rows.append(
            {
                **finding,
                "finding_id": finding["finding_id"][:length],
                "severity_name": ("! " if finding["alert"] else "  ") + texts.name("severity", finding["severity"]),
                "standing": standing,
                "standing_name": texts.name("standing" if standing in {"new", "grown"} else "finding_status", standing),
                "who": who(finding, texts),
                "pattern": pattern_words(finding, texts, most=1),
                "last_seen": str(finding["last_seen_on"])[5:],
            }
        )
    return rows


def footer(findings: Sequence[FindingRow], look: Look, session: Session, length: int | None = None) -> Iterator[str]:
    """Yield what stands below the table: how many of what, since when it is new, and what to do next."""
    from detector.review.listing import standing_of

    if not findings:
        return
    texts = session.texts
    standings = Counter(standing_of(finding, look) for finding in findings)
    yield ""
    counts = texts("findings.count", findings=len(findings), alerts=sum(bool(one["alert"]) for one in findings))
    yield from wrap(counts, session.width)
    news = texts(
        "findings.news_first" if look.at is None else "findings.news",
        new=standings["new"],
        grown=standings["grown"],
        open=sum(one["status"] == "open" for one in findings),
        time="-" if look.at is None else session.local(look.at.replace(tzinfo=UTC)),
    )
    yield from wrap(news, session.width)
    yield texts("findings.next", finding=findings[0]["finding_id"][:length])


def lowered_columns(texts: Texts) -> list[ScreenColumn]:
    """Return the columns of the list of justifications."""
    return [
        ScreenColumn("finding_id", texts("findings.id")),
        ScreenColumn("who", texts("findings.who"), fit="wrap"),
        ScreenColumn("scope", texts("findings.scope"), fit="wrap"),
        ScreenColumn("until", texts("findings.until")),
        ScreenColumn("accesses", texts("findings.lowered_accesses"), align="right"),
        ScreenColumn("patients", texts("findings.patients"), align="right"),
        ScreenColumn("firings", texts("findings.lowered_firings"), align="right"),
        ScreenColumn("later_ids", texts("findings.later"), fit="wrap"),
        ScreenColumn("note", texts("findings.note"), fit="wrap"),
    ]


def lowered_rows(rows: Sequence[FindingRow], texts: Texts) -> list[dict[str, Any]]:
    """Return the justifications with the words that the table shows."""
    from detector.detection.patterns import patterns

    known = patterns()
    return [
        {
            **row,
            "who": called(row),
            "scope": texts.clauses(known[one].title[texts.language] if one in known else one for one in row["patterns"])
            or texts("triage.every_pattern"),
            "later_ids": " ".join(row["later"]),
        }
        for row in rows
    ]


def who(finding: FindingRow, texts: Texts) -> str:
    """Name the subject of a finding in a few words: the account, the record or the source."""
    if finding["subject"] == "record":
        return texts("findings.record", patient=finding["patient_id"])
    if finding["subject"] == "source":
        return texts("findings.source", source=finding["source"])
    return called(finding)


def policy_words(policies: Iterable[str], texts: Texts) -> str:
    """Name rules in words, each with its id; a rule that raises no pattern of its own name has the id alone."""
    from detector.detection.patterns import patterns

    known = patterns()
    return texts.words(with_id(known[one].title[texts.language], one) if one in known else one for one in policies)


def pattern_words(finding: FindingRow, texts: Texts, most: int | None = None) -> str:
    """Name the most probable patterns in words."""
    from detector.findings.wording import headline_words

    return headline_words(finding, texts.language, most)
