"""What a person reads of a group: how its hospitals' nights went, and what was found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from detector.cli.render.paint import Paint
from detector.cli.render.screen_table import ScreenColumn, table
from detector.cli.render.text import shown, wrap
from detector.cli.screens.findings_screen import pattern_words, who
from detector.model.findings import FindingRow
from detector.texts import Texts

if TYPE_CHECKING:
    from detector.group.group_night import GroupSummary
    from detector.group.hospital_run import HospitalRun


def run_lines(summary: GroupSummary, name: str, texts: Texts, width: int, paint: Paint) -> Iterator[str]:
    """Yield the summary of a run of the group."""
    yield paint(shown(texts("group.title", site=name, date=summary.through or "-")), "bold")
    columns = [
        ScreenColumn("hospital", texts("group.hospital"), fit="wrap"),
        ScreenColumn("through", texts("status.through")),
        ScreenColumn("dates", texts("group.nights"), align="right"),
        ScreenColumn("alerts", texts("group.new_alerts"), align="right"),
        ScreenColumn("how", texts("group.how"), fit="wrap"),
    ]
    rows = [
        {
            "hospital": run.hospital,
            "through": run.through or "-",
            "dates": run.dates,
            "alerts": run.alerts,
            "how": _how(run, texts),
        }
        for run in summary.runs
    ]
    yield from table(columns, rows, width=width, paint=paint)
    yield ""
    for run in summary.runs:
        for sentence in run.attention:
            yield from wrap(shown(f"{run.hospital}: {texts.placed(sentence)}"), width, "  ")
    for hospital in summary.behind:
        yield from wrap(shown(texts("group.behind", hospital=hospital)), width, "  ")
    for hospital, problem in summary.unread.items():
        yield from wrap(shown(texts("group.unread", hospital=hospital, problem=problem)), width, "  ")
    yield from wrap(texts("group.new", count=len(summary.new)), width)


def _how(run: HospitalRun, texts: Texts) -> str:
    if run.is_done:
        return texts("status.run_attention" if run.exit_code else "status.run_ok")
    return texts("status.run_failed", error=run.message or run.exit_code)


def status_columns(texts: Texts) -> list[ScreenColumn]:
    """Return the columns of the list of hospitals."""
    return [
        ScreenColumn("hospital", texts("group.hospital"), fit="wrap"),
        ScreenColumn("through", texts("status.through")),
        ScreenColumn("hours_since", texts("group.hours"), align="right"),
        ScreenColumn("open_alerts", texts("status.alerts"), align="right"),
        ScreenColumn("look", texts("group.how"), fit="wrap"),
    ]


def status_words(rows: Sequence[dict[str, Any]], texts: Texts) -> list[dict[str, Any]]:
    """Return the rows with the words that the table shows."""
    return [
        {
            **row,
            "hospital": row["hospital"] or texts("group.itself"),
            "through": row["through"] or "-",
            "look": texts.clauses(texts.name("group_attention", one) for one in row["attention"])
            or texts("status.run_ok"),
        }
        for row in rows
    ]


def finding_columns(texts: Texts) -> list[ScreenColumn]:
    """Return the columns of the list of findings."""
    return [
        ScreenColumn("finding_id", texts("findings.id")),
        ScreenColumn("risk", texts("findings.risk"), align="right", text=lambda risk: f"{risk:.0f}"),
        ScreenColumn("severity_name", texts("findings.severity")),
        ScreenColumn("hospital", texts("group.hospital"), fit="wrap"),
        ScreenColumn("who", texts("findings.who"), fit="wrap"),
        ScreenColumn("pattern", texts("findings.pattern"), fit="wrap"),
        ScreenColumn("last_seen", texts("findings.seen")),
    ]


def finding_words(findings: Sequence[FindingRow], texts: Texts) -> list[dict[str, Any]]:
    """Return the findings with the words that the table shows."""
    return [
        {
            **one,
            "finding_id": one["finding_id"][:8],
            "severity_name": ("! " if one["alert"] else "  ") + texts.name("severity", one["severity"]),
            "hospital": one["hospital"] or texts("group.itself"),
            "who": _members(one, texts) if one["hospital"] is None else who(one, texts),
            "pattern": pattern_words(one, texts, most=1),
            "last_seen": str(one["last_seen_on"])[5:],
        }
        for one in findings
    ]


def finding_lines(findings: Sequence[FindingRow], texts: Texts, width: int) -> Iterator[str]:
    """Yield what stands below the table: what the group's own findings rest on, and how many there are."""
    for one in findings:
        if one["hospital"] is None:
            yield ""
            told = [*(reason["text"] for reason in one["reasons"]), *(reason["text"] for reason in one["explained"])]
            yield from wrap(shown(f"{one['finding_id'][:8]}  {texts.name('group_kind', one['method']['kind'])}"), width)
            for sentence in told:
                yield from wrap(shown(sentence), width, "  ")
    if findings:
        yield ""
        counts = texts("findings.count", findings=len(findings), alerts=sum(bool(one["alert"]) for one in findings))
        yield from wrap(counts, width)


def _members(finding: FindingRow, texts: Texts) -> str:
    named = (f"{one['user_id']} ({one['hospital']})" for one in finding["members"])
    return texts.words(dict.fromkeys(named))
