"""What of an evidence file is written for people: the finding with its method, and the chain of custody."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

import duckdb

from detector import __version__
from detector.deployment.settings import Settings
from detector.evidence.finding_history import Evidence
from detector.model.relations import explanation_text
from detector.reports.document import Block, Document, Items, Paragraph, Part, ReportColumn, ReportTable, Section
from detector.reports.numbers import Numbers
from detector.reports.officer import OfficerReader, decided
from detector.reports.period_alerts import PeriodAlerts
from detector.reports.periods import Period
from detector.texts import Texts

METHOD: Final = ("access", "explained", "habit", "adds_up", "families", "threshold", "policies", "never")
UNSEEN: Final = ("screens", "database", "own_patients", "views")
HANDED_OVER: Final = ("at", "given_by", "taken_by", "reason")
HANDOVERS: Final = 4
"""Empty lines of the custody page, for those who take the file over."""


@dataclass(frozen=True, slots=True)
class Act:
    """Who made the file, when (on the site's wall clock), with which options: the custody page's alone."""

    officer: str
    account: str
    made_at: dt.datetime
    options: Sequence[str]
    signer: str | None
    sums_sha256: str
    head: str | None


def finding_page(
    connection: duckdb.DuckDBPyConnection, evidence: Evidence, settings: Settings, texts: Texts, numbers: Numbers
) -> Document:
    """Return the page that tells the finding: reasons, events, decisions, method, files and how to check them."""
    finding = evidence.finding
    period = Period("range", evidence.as_of, evidence.as_of, (evidence.as_of, evidence.as_of))
    reader = OfficerReader(connection, PeriodAlerts([finding], period, {}), (), None, period, texts, numbers)
    sections: dict[str, list[Block]] = {
        "finding": [reader.card(finding, checks=False)],
        "affected": [_affected(evidence, texts, numbers)],
        "events": [Paragraph(texts("evidence.events_note"), "note"), _events(evidence, texts, numbers)],
        "decisions": [_decisions(evidence, settings, texts, numbers)],
        "method": _method(evidence, texts),
        "files": [Paragraph(texts("evidence.files_note"), "note"), _files(evidence, settings, texts)],
    }
    part = Part(
        "evidence",
        texts("evidence.title", finding=finding["finding_id"]),
        texts("show.lead"),
        [Section(name, texts(f"evidence.{name}"), blocks) for name, blocks in sections.items()],
    )
    return _document(
        settings,
        texts,
        texts("evidence.title", finding=finding["finding_id"]),
        texts("evidence.as_of", date=evidence.as_of),
        [Paragraph(texts("evidence.intro"))],
        [part],
        evidence,
    )


def custody_page(evidence: Evidence, settings: Settings, texts: Texts, act: Act) -> Document:
    """Return the chain of custody: who made the file, when, of what; and lines for those who take it over."""
    facts = {
        "finding": evidence.finding["finding_id"],
        "as_of": evidence.as_of.isoformat(),
        "made_by": f"{act.officer} ({act.account})",
        "made_at": act.made_at.strftime("%Y-%m-%d %H:%M:%S %z"),
        "options": " ".join(act.options) or "–",
        "program": f"detector {__version__}",
        "configuration": settings.digest,
        "sums": act.sums_sha256,
        "signer": act.signer or texts("evidence.not_signed"),
        "head": act.head or "–",
    }
    what, value = ReportColumn("what", texts("evidence.what")), ReportColumn("value", texts("evidence.value"))
    origin = ReportTable(
        "origin", texts("evidence.origin"), [what, value],
        [{"what": texts(f"evidence.custody_{name}"), "value": text} for name, text in facts.items()],
    )  # fmt: skip
    handover = ReportTable(
        "handover",
        texts("evidence.handover"),
        [
            ReportColumn("number", texts("report.rank"), "count"),
            *(ReportColumn(name, texts(f"evidence.handover_{name}")) for name in HANDED_OVER),
        ],
        [
            {"number": number, "at": " ", "given_by": " ", "taken_by": " ", "reason": " "}
            for number in range(1, HANDOVERS + 1)
        ],
    )
    checks = Items("", [
        texts("evidence.check_sums"), texts("evidence.check_signature"), texts("evidence.check_source"),
        texts("evidence.check_trail"),
    ])  # fmt: skip
    part = Part(
        "custody", texts("evidence.custody"), texts("evidence.custody_reader"),
        [
            Section("origin", texts("evidence.origin"), [origin]),
            Section("checks", texts("evidence.checks"), [checks]),
            Section("handover", texts("evidence.handover"), [handover]),
        ],
    )  # fmt: skip
    subtitle = texts("evidence.title", finding=evidence.finding["finding_id"])
    return _document(settings, texts, texts("evidence.custody"), subtitle, [], [part], evidence)


def _document(
    settings: Settings, texts: Texts, title: str, subtitle: str, summary: Sequence[Block], parts: Sequence[Part],
    evidence: Evidence,
) -> Document:  # fmt: skip
    method = evidence.finding["method"]
    return Document(
        language=texts.language,
        site=settings.site.name,
        title=title,
        subtitle=subtitle,
        summary=summary,
        parts=parts,
        footer=[
            texts("show.lead"),
            texts(
                "evidence.footer", version=method.get("version", "–"), configuration=method.get("configuration", "–")
            ),
        ],
        labels={key: texts(f"report.label_{key}") for key in ("contents", "figures", "skip", "alert", "item", "back")},
    )


def _affected(evidence: Evidence, texts: Texts, numbers: Numbers) -> ReportTable:
    rows = [
        {
            "patient": numbers(str(row["patient_id"])),
            "first": row["first_at"],
            "last": row["last_at"],
            "accesses": row["accesses"],
            "state": texts.name("state", row["state"]),
            "categories": texts.words(texts.name("category", one) for one in row["categories"] if one),
            "copied": texts.words(texts.name("action", one) for one in copied(row)),
        }
        for row in evidence.affected
    ]
    columns = [
        ReportColumn("patient", texts("evidence.patient"), "name"),
        ReportColumn("first", texts("evidence.first")),
        ReportColumn("last", texts("evidence.last")),
        ReportColumn("accesses", texts("show.accesses"), "count"),
        ReportColumn("state", texts("patient.state")),
        ReportColumn("categories", texts("evidence.categories")),
        ReportColumn("copied", texts("evidence.copied")),
    ]
    unnamed = evidence.exports
    notes = []
    if unnamed["events"]:
        notes.append(texts("evidence.unnamed", events=f"{unnamed['events']:,}", records=f"{unnamed['records']:,}"))
    if unnamed["decoys"]:
        notes.append(texts("evidence.decoys", decoys=f"{unnamed['decoys']:,}"))
    note = " ".join(notes)
    return ReportTable(
        "affected", texts("evidence.affected"), columns, rows, empty=texts("evidence.affected_none"), note=note
    )


def copied(row: Mapping[str, Any]) -> list[str]:
    """Return the actions by which records of a patient left the screen."""
    return [action for action, flag in (("print", row["printed"]), ("export", row["exported"])) if flag]


def _events(evidence: Evidence, texts: Texts, numbers: Numbers) -> ReportTable:
    rows = [
        {
            "time": row["local_time"],
            "user": row["user_id"] or evidence.finding["user_id"],
            "patient": _record(row, texts, numbers),
            "what": " ".join(
                [texts.name("action", row["action"])]
                + ([texts.name("category", row["category"])] if row["category"] else [])
            ),
            "why": explanation_text(row["explanation"], texts),
            "place": f"{row['source']}:{row['row_number']}",
        }
        for row in evidence.events
    ]
    columns = [
        ReportColumn("time", texts("events.time")),
        ReportColumn("user", texts("events.user")),
        ReportColumn("patient", texts("events.patient"), "name"),
        ReportColumn("what", texts("events.action")),
        ReportColumn("why", texts("events.relation")),
        ReportColumn("place", texts("evidence.place"), "name"),
    ]
    return ReportTable("events", texts("evidence.events"), columns, rows, empty=texts("events.none"))


def _record(row: Mapping[str, Any], texts: Texts, numbers: Numbers) -> str | None:
    """Return the number of an event's record; of a decoy with the word that it is nobody's."""
    if not row["patient_id"]:
        return None
    number = numbers(str(row["patient_id"]))
    return texts("show.decoy", record=number) if row["is_decoy"] else number


def _decisions(evidence: Evidence, settings: Settings, texts: Texts, numbers: Numbers) -> ReportTable:
    rows = []
    for line in evidence.entries:
        entry = json.loads(line)
        at = dt.datetime.fromisoformat(entry["at"]).astimezone(ZoneInfo(settings.site.timezone))
        rows.append({
            "number": entry["number"],
            "at": at.replace(tzinfo=None),
            "disposition": decided(entry["disposition"], entry.get("undoes"), texts),
            "officer": entry["officer"],
            "note": numbers.in_text(str(entry.get("note") or ""), evidence.patients),
            "hash": str(entry["hash"])[:16],
        })  # fmt: skip
    columns = [
        ReportColumn("number", texts("report.rank"), "count"),
        ReportColumn("at", texts("events.time")),
        ReportColumn("disposition", texts("report.disposition")),
        ReportColumn("officer", texts("report.officer_name")),
        ReportColumn("note", texts("report.note")),
        ReportColumn("hash", texts("evidence.hash"), "name"),
    ]
    return ReportTable("decisions", texts("evidence.decisions"), columns, rows, empty=texts("evidence.decisions_none"))


def _method(evidence: Evidence, texts: Texts) -> list[Block]:
    finding = evidence.finding
    told = [texts(f"evidence.method_{name}") for name in METHOD]
    unseen = [texts(f"report.unseen_{name}") for name in UNSEEN]
    blocks: list[Block] = [
        Paragraph(texts("evidence.method_intro")),
        Items("", told),
        Items(texts("report.unseen"), unseen),
    ]
    blocks += _inputs(finding["method"], texts)
    if finding["last_seen_on"] > evidence.as_of.isoformat():
        blocks.append(Paragraph(texts("evidence.rated_later", date=finding["last_seen_on"]), "note"))
    return blocks


def _inputs(method: Mapping[str, Any], texts: Texts) -> Iterator[Block]:
    """Yield the policies that fired and the context tables that the rating knew, each with version and digest."""
    if method.get("policies") is None or method.get("context") is None:
        yield Paragraph(texts("show.method_unknown"), "note")
    policies = [
        ReportColumn("id", texts("show.used_policy"), "name"),
        ReportColumn("version", texts("show.used_version")),
        ReportColumn("first_on", texts("show.used_from")),
        ReportColumn("last_on", texts("show.used_to")),
    ]
    context = [
        ReportColumn("table", texts("show.used_table")),
        ReportColumn("version", texts("show.used_as_of")),
        ReportColumn("rows", texts("show.used_rows"), "count"),
    ]
    for name, columns in (("policies", policies), ("context", context)):
        used = [{**one, "table": texts.name("context_table", one["id"])} for one in method.get(name) or ()]
        if used:
            digest = ReportColumn("sha256", "SHA-256")
            yield ReportTable(f"used_{name}", texts(f"show.method_{name}"), [*columns, digest], used)


def _files(evidence: Evidence, settings: Settings, texts: Texts) -> ReportTable:
    rows = [
        {"source": row["source"], "path": relative(row["path"], settings), "rows": row["rows_read"],
         "bytes": row["bytes_read"], "sha256": row["sha256"]}
        for row in evidence.files
    ]  # fmt: skip
    columns = [
        ReportColumn("source", texts("sources.source")),
        ReportColumn("path", texts("sources.file")),
        ReportColumn("rows", texts("sources.rows"), "count"),
        ReportColumn("bytes", texts("evidence.bytes"), "count"),
        ReportColumn("sha256", "SHA-256"),
    ]
    return ReportTable("files", texts("evidence.files"), columns, rows, empty=texts("sources.none"))


def relative(path: object, settings: Settings) -> str:
    """Return a log's place as it looks from the deployment's folder."""
    prefix = f"{settings.folder}/"
    return str(path).removeprefix(prefix)
