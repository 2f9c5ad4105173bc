"""What the store and the trail know of one finding, up to a date."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from detector.database import queries
from detector.database.rows import select
from detector.deployment.settings import Settings
from detector.errors import UsageError
from detector.findings.decoys import decoy_records
from detector.findings.reading import FindingDetail, read_finding
from detector.privacy.hiding import numbers_in_findings
from detector.store import Published
from detector.texts.language import Language
from detector.trail import Trail

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One finding with everything it rests on.

    ``events``, ``files``, ``days``, ``affected`` and ``exports`` are rows of the SQL files of these names; ``entries``
    are the lines of the trail that decide about it, as they stand there; ``as_of`` is the last day covered; ``named``
    are record numbers that the finding's sentences may name.
    """

    detail: FindingDetail
    events: Sequence[Row]
    files: Sequence[Row]
    days: Sequence[Row]
    affected: Sequence[Row]
    exports: Row
    entries: Sequence[str]
    as_of: dt.date
    named: Sequence[str] = ()

    @property
    def finding(self) -> dict[str, Any]:
        """The finding, by the keys of the contract."""
        return self.detail.finding

    @property
    def patients(self) -> set[str]:
        """Every record number that occurs."""
        numbers = {str(row["patient_id"]) for row in (*self.events, *self.affected) if row["patient_id"]}
        return numbers | {*self.named} | ({str(self.finding["patient_id"])} if self.finding["patient_id"] else set())


def read_evidence(
    published: Published, settings: Settings, prefix: str, language: Language, as_of: dt.date | None = None
) -> Evidence:
    """Read the finding whose id begins with ``prefix``; ``as_of`` is the last day to take in, by default all.

    Raises UsageError where no or several findings begin so, or where the finding had no evidence by then.
    """
    connection = published.connection
    detail = read_finding(connection, prefix, language)
    finding = detail.finding
    newest = connection.execute("select max(business_date) from dates").fetchall()[0][0]
    last = newest if as_of is None else as_of
    if last < dt.date.fromisoformat(finding["detected_on"]):
        raise UsageError(f"--as-of {last}: {finding['finding_id']} was first listed on {finding['detected_on']}")
    if last > newest:
        raise UsageError(f"--as-of {last} has not been worked through; the last business date is {newest}")
    first = min([dt.date.fromisoformat(finding["window_start"]), *_event_days(connection, finding["finding_id"])])
    published.refresh_views(first, dt.date.fromisoformat(finding["window_end"]))
    chosen = {"finding": finding["finding_id"], "before": dt.datetime.combine(last, dt.time()) + dt.timedelta(days=1)}
    decoys = sorted(decoy_records(connection))
    return Evidence(
        detail=detail,
        events=rows(connection, "events", **chosen, decoys=decoys),
        files=rows(connection, "files", **chosen),
        days=rows(connection, "days", finding=chosen["finding"], before=last + dt.timedelta(days=1)),
        affected=rows(connection, "affected", **chosen, decoys=decoys),
        exports=rows(connection, "exports", **chosen, decoys=decoys)[0],
        entries=decisions(connection, Trail.of(settings), finding["finding_id"], as_of),
        as_of=last,
        named=numbers_in_findings(connection, [chosen["finding"]])[chosen["finding"]],
    )


def rows(connection: duckdb.DuckDBPyConnection, name: str, **values: object) -> list[dict[str, Any]]:
    """Return the rows of ``sql/evidence/<name>.sql``."""
    return queries.rows(connection, "evidence", f"{name}.sql", **values)


def decisions(connection: duckdb.DuckDBPyConnection, trail: Trail, finding_id: str, as_of: dt.date | None) -> list[str]:
    """Return the trail's lines that decide about a finding, hash and all; ``as_of`` leaves out later ones.

    A decision belongs to the day after the one after which it counts.
    """
    known = select(
        connection,
        "select hash from decisions where finding_id = $finding_id"
        " and ($as_of is null or coalesce(through, date '-infinity') < $as_of)",
        {"finding_id": finding_id, "as_of": as_of},
    )
    hashes = {row["hash"] for row in known}
    found = []
    for line in trail.read().decode("utf-8", "replace").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and entry.get("hash") in hashes:
            found.append(line)
    return found


def _event_days(connection: duckdb.DuckDBPyConnection, finding_id: str) -> list[dt.date]:
    found = connection.execute(
        "select distinct local_time::date from finding_events where finding_id = ?", [finding_id]
    ).fetchall()
    return [row[0] for row in found]
