"""What the nights note of what they leave: digests of parts, findings and dates, and one over all: the seal.

The digests stand in the store beside what they are about; an entry of the trail holds their seal. Whoever changes a
part, a finding or a night's rows is found by the digest, whoever changes the digest as well by the seal, and whoever
rewrites the trail by its chain and by the heads that left the house with exports and reports.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import duckdb

from detector.database import queries
from detector.model.tables.results import FINDING_DAYS, FINDING_EVENTS, FINDINGS

DATED: Final = (
    "dates", "account_days", "evidence_days", "label_days", "policy_days", "record_writes", "source_days",
    "source_hours", "suspicions",
)  # fmt: skip
"""Tables whose rows of a date are replaced when the date is judged, and at no other time."""
NOT_NOTED: Final = {"findings": ("status",)}
"""Columns that change for other reasons: what officers decide is in the trail."""
BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Seal:
    """SHA-256 over the digests of all parts, of all findings and of all dates, as an entry of the trail holds them."""

    parts: str
    findings: str
    dates: str

    @classmethod
    def of(cls, connection: duckdb.DuckDBPyConnection) -> Seal:
        """Return the seal over the digests as they stand; parts loaded since the last one are left out."""
        return cls(
            _digest(connection, "select path, sha256, bytes from part_digests where sealed order by all"),
            _digest(connection, "select finding_id, row_sha256, evidence_sha256 from finding_digests order by all"),
            _digest(connection, "select business_date::varchar, sha256 from date_digests order by all"),
        )

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Seal | None:
        """Return the seal that the details of an entry hold; None where they hold none."""
        found = told.get("store")
        if not isinstance(found, Mapping):
            return None
        values = [found.get(name) for name in cls.__slots__]
        return cls(*map(str, values)) if all(values) else None

    def details(self) -> dict[str, str]:
        """Return the members of an entry's ``store``."""
        return asdict(self)

    def differences(self, other: Seal) -> list[str]:
        """Name what differs: ``parts``, ``findings``, ``dates``."""
        return [name for name in self.__slots__ if getattr(self, name) != getattr(other, name)]


EMPTY: Final = Seal(*[hashlib.sha256().hexdigest()] * 3)
"""The seal of a store in which no night has noted anything."""


def file_digest(path: Path) -> tuple[str, int]:
    """Return SHA-256 and length of a file. Raises OSError."""
    digest, length = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
            length += len(block)
    return digest.hexdigest(), length


def note_part(connection: duckdb.DuckDBPyConnection, path: str, file: Path) -> None:
    """Note the digest of a part that is about to get the name ``path``; call it in the transaction that lists it."""
    connection.execute("delete from part_digests where path = ?", [path])
    connection.execute("insert into part_digests values (?, ?, ?, false)", [path, *file_digest(file)])


def row_of_part(connection: duckdb.DuckDBPyConnection, path: str) -> tuple[str, int] | None:
    """Return SHA-256 and length that were noted of a part; None where none were."""
    found = connection.execute("select sha256, bytes from part_digests where path = ?", [path]).fetchall()
    return (str(found[0][0]), int(found[0][1])) if found else None


def is_as_noted(connection: duckdb.DuckDBPyConnection, folder: Path, path: str) -> bool:
    """Tell whether a part is as its digest says; one that has none is."""
    noted = row_of_part(connection, path)
    try:
        return file_digest(folder / path) == noted if noted is not None else (folder / path).is_file()
    except OSError:
        return False


def note_unknown_parts(connection: duckdb.DuckDBPyConnection, folder: Path) -> list[str]:
    """Note the parts that have no digest, those of earlier versions; return the parts that cannot be read."""
    unreadable = []
    for path in unknown_parts(connection):
        try:
            note_part(connection, path, folder / path)
        except OSError:
            unreadable.append(path)
    return unreadable


def unknown_parts(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the parts whose digest no night has noted."""
    listed = (
        "select path from event_parts union all select path from patient_day_parts"
        " except select path from part_digests order by path"
    )
    return [str(row[0]) for row in connection.execute(listed).fetchall()]


def note_dates(connection: duckdb.DuckDBPyConnection, dates: Iterable[dt.date] | None = None) -> None:
    """Note the digests of dates that were judged; without ``dates`` of those that have none."""
    if dates is None:
        rows = connection.execute(
            "select business_date from dates except select business_date from date_digests order by all"
        ).fetchall()
        dates = [row[0] for row in rows]
    noted = [(date, digest) for date, digest in date_digests(connection, sorted(dates)).items()]
    if noted:
        connection.execute(
            "delete from date_digests where business_date in (select unnest(?::date[]))", [[one[0] for one in noted]]
        )
        connection.executemany("insert into date_digests values (?, ?)", noted)


def date_digests(connection: duckdb.DuckDBPyConnection, dates: Sequence[dt.date]) -> dict[dt.date, str]:
    """Return the digest of each date's rows in the tables of ``DATED``."""
    if not dates:
        return {}
    digests = {date: hashlib.sha256() for date in dates}
    wanted = " where business_date in (select unnest(?::date[]))"
    for table in DATED:
        query = _rows_digest(table, _columns(connection, table), "business_date", wanted)
        found = connection.execute(query, [list(dates)]).fetchall()
        for date, digest in found:
            digests[date].update(f"{table}:{digest}\n".encode())
    return {date: digest.hexdigest() for date, digest in digests.items()}


def note_findings(connection: duckdb.DuckDBPyConnection, changed: Iterable[str] | None = None) -> None:
    """Note the digests of all findings; with ``changed`` the evidence of these alone is read, and of new ones."""
    if changed is None:
        connection.execute("delete from finding_digests")
    else:
        connection.execute(
            "delete from finding_digests where finding_id in (select unnest(?::varchar[]))"
            " or finding_id not in (select finding_id from findings)",
            [list(changed)],
        )
    rows = row_digests(connection)
    known = dict(connection.execute("select finding_id, row_sha256 from finding_digests").fetchall())
    renewed = [finding for finding, digest in rows.items() if known.get(finding) != digest]
    evidence = evidence_digests(connection, renewed)
    connection.execute("delete from finding_digests where finding_id in (select unnest(?::varchar[]))", [renewed])
    if renewed:
        connection.executemany(
            "insert into finding_digests values (?, ?, ?)", [(one, rows[one], evidence[one]) for one in renewed]
        )


def row_digests(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return the digest of every finding's row."""
    columns = [name for name in FINDINGS.names if name not in NOT_NOTED["findings"]]
    found = connection.execute(f"select finding_id, sha256({text_of_row(columns)}) from findings").fetchall()
    return {str(finding): str(digest) for finding, digest in found}


def evidence_digests(connection: duckdb.DuckDBPyConnection, findings: Sequence[str] | None = None) -> dict[str, str]:
    """Return the digest of what findings rest on, their days and rows of logs; without ``findings`` of all."""
    wanted = "" if findings is None else " where finding_id in (select unnest(?::varchar[]))"
    values = [] if findings is None else [list(findings)]
    if findings is None:
        findings = [str(row[0]) for row in connection.execute("select finding_id from findings").fetchall()]
    digests = {finding: hashlib.sha256() for finding in findings}
    for table in (FINDING_DAYS, FINDING_EVENTS):
        found = connection.execute(_rows_digest(table.name, table.names, "finding_id", wanted), values).fetchall()
        for finding, digest in found:
            if finding in digests:
                digests[finding].update(f"{table.name}:{digest}\n".encode())
    return {finding: digest.hexdigest() for finding, digest in digests.items()}


@dataclass(frozen=True, slots=True)
class FindingFaults:
    """Findings that are not as noted: gone, changed (row or evidence), and such that no night noted."""

    missing: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether there is any."""
        return bool(self.missing or self.changed or self.unknown)


def finding_faults(connection: duckdb.DuckDBPyConnection) -> FindingFaults:
    """Compare every finding with its digests."""
    noted = {
        str(row[0]): (row[1], row[2])
        for row in connection.execute("select * from finding_digests order by finding_id").fetchall()
    }
    rows, evidence = row_digests(connection), evidence_digests(connection)
    return FindingFaults(
        missing=tuple(one for one in noted if one not in rows),
        changed=tuple(one for one, digests in noted.items() if one in rows and (rows[one], evidence[one]) != digests),
        unknown=tuple(sorted(one for one in rows if one not in noted)),
    )


def date_faults(connection: duckdb.DuckDBPyConnection, newest: int | None = None) -> list[dt.date]:
    """Return the dates whose rows are not as noted, in order, such that no night noted among them.

    With ``newest`` only so many of the last dates are looked at.
    """
    noted = dict(connection.execute("select business_date, sha256 from date_digests").fetchall())
    judged = {row[0] for row in connection.execute("select business_date from dates").fetchall()}
    known = sorted(judged | set(noted))[-newest if newest else None :]
    found = date_digests(connection, known)
    return [date for date in known if noted.get(date) != found[date] or date not in judged]


@dataclass(frozen=True, slots=True)
class PolicyFaults:
    """Texts of policies that are not as they fired: gone (a digest's beginning) or changed; and how many are kept."""

    missing: tuple[str, ...]
    changed: tuple[str, ...]
    kept: int


def policy_faults(connection: duckdb.DuckDBPyConnection) -> PolicyFaults:
    """Compare the texts of policies with the digests that stand beside what fired, which those of dates cover."""
    rows = queries.rows(connection, "review", "policies_kept.sql")
    kept = [row for row in rows if row["content"] is not None]
    return PolicyFaults(
        missing=tuple(row["sha256"][:16] for row in rows if row["content"] is None),
        changed=tuple(
            row["policy_id"]
            for row in kept
            if row["is_other"] or hashlib.sha256(row["content"].encode()).hexdigest() != row["sha256"]
        ),
        kept=len(kept),
    )


def seal_parts(connection: duckdb.DuckDBPyConnection) -> None:
    """Let the next seal cover all parts that are listed, and none that is listed no more."""
    listed = "select path from event_parts union all select path from patient_day_parts"
    connection.execute(f"delete from part_digests where path not in ({listed})")
    connection.execute("update part_digests set sealed = true where not sealed")


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    described = connection.execute(f"select * from {table} limit 0").description or ()
    return sorted(str(column[0]) for column in described)


def text_of_row(columns: Iterable[str]) -> str:
    """Return a row as text, in SQL; what is null adds nothing, so that a column that is added later changes nothing."""
    parts = (f"'{name}:' || strlen({name}::varchar) || ':' || {name}::varchar" for name in sorted(columns))
    return f"concat_ws(chr(10), {', '.join(parts)})"


def _rows_digest(table: str, columns: Iterable[str], key: str, where: str = "") -> str:
    """Return a select of each key's rows as one digest, in whatever order they stand."""
    return (
        f"select {key}, sha256(string_agg(digest, '' order by digest))"
        f" from (select {key}, sha256({text_of_row(columns)}) as digest from {table}{where}) group by {key}"
    )


def _digest(connection: duckdb.DuckDBPyConnection, query: str) -> str:
    digest = hashlib.sha256()
    for row in connection.execute(query).fetchall():
        digest.update("\t".join(map(str, row)).encode() + b"\n")
    return digest.hexdigest()
