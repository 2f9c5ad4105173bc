"""Writes the two logs: the HIS in GB18030 with Chinese headers and values, the EMR in UTF-8 with canonical columns."""

from __future__ import annotations

import datetime as dt
import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from detector.simulator.dialects import DIALECTS, Dialect
from detector.simulator.vocabulary import (
    ACTION,
    ACTIONS,
    CATEGORIES,
    CATEGORY,
    DAY,
    EMR_CATEGORIES,
    OUTCOMES,
    QUERIES,
    REASONS,
    ROLES,
    Flags,
    Ints,
)

if TYPE_CHECKING:
    from detector.simulator.event_rows import Events
    from detector.simulator.hospital import Hospital
    from detector.simulator.sessions import Sessions

_CHUNK: Final = 200_000
"""Rows spelled at a time, to bound memory."""
_DUPLICATES: Final = 0.0005
"""Share of the rows that a log repeats."""
_FIRST_VISIT: Final = 700_000


@dataclass
class WrittenLogs:
    """What was written: rows by kind, and for every event its id within its source."""

    unique: int = 0
    duplicates: int = 0
    malformed: int = 0
    ids: list[str] = field(default_factory=list)


def is_emr(events: Events) -> Flags:
    """Return which events the EMR logs; the others are the HIS's.

    Medication and orders are read in the EMR and written in the HIS.
    """
    category = np.isin(events.category, [CATEGORY[name] for name in EMR_CATEGORIES])
    read = np.isin(events.category, [CATEGORY["order"], CATEGORY["medication"]]) & (events.action == ACTION["view"])
    printed = (events.category == CATEGORY["result"]) & (events.action == ACTION["print"])
    return np.asarray((category | read) & ~printed, dtype=np.bool_)


def patient_ids(hospital: Hospital) -> pl.Series:
    """Return the record number of each patient."""
    base = 217_000 if hospital.plan.kind == "maternity" else 50_310_000
    return pl.Series(hospital.patients.number + base).cast(pl.String).str.zfill(8)


def visit_ids(hospital: Hospital) -> pl.Series:
    """Return the number of each visit."""
    return "V" + pl.Series(np.arange(len(hospital.encounters)) + _FIRST_VISIT).cast(pl.String)


def _looked_up(values: pl.Series, position: Ints) -> pl.Series:
    """Return the value at each position, null where it is negative."""
    return values.gather(pl.Series(np.where(position < 0, 0, position)).cast(pl.UInt32)).zip_with(
        pl.Series(position >= 0), pl.Series([None], dtype=pl.String).extend_constant(None, max(0, len(position) - 1))
    )


def write_logs(hospital: Hospital, logged: Sessions, directory: Path) -> WrittenLogs:
    """Write both sources, one file per source and month, and return the accounting."""
    directory.mkdir(parents=True, exist_ok=True)
    dialect = DIALECTS[hospital.plan.kind]
    rng = hospital.chance.generator("writer")
    written = WrittenLogs(ids=[""] * 0)
    emr = is_emr(logged.events)
    ids = np.empty(len(logged.events), dtype=object)
    start = dt.datetime.combine(hospital.plan.start, dt.time())
    month = _months(hospital.plan.start, logged.events.time)
    lookups = _Lookups(hospital)
    for source, mask, prefix in (("his", ~emr, dialect.his_prefix), ("emr", emr, "E")):
        rows = np.flatnonzero(mask)
        first = 10_000_000
        ids[rows] = [f"{prefix}{number}" for number in range(first, first + len(rows))]
        for name in sorted(set(month[rows].tolist())):
            mine = rows[month[rows] == name]
            suffix = ".csv.gz" if hospital.plan.compress else ".csv"
            path = directory / f"{source}-{name}{suffix}"
            repeated = np.flatnonzero(rng.random(len(mine)) < _DUPLICATES)
            written.unique += len(mine)
            written.duplicates += len(repeated)
            marks = _marks(rng, len(mine))
            with _opened(path) as stream:
                encoding = "gb18030" if source == "his" else "utf-8"
                header = dialect.his_header if source == "his" else dialect.emr_header
                stream.write((",".join(header.values()) + "\n").encode(encoding))
                for at, text in _chunks(lookups, logged, mine, ids, start, source, dialect, repeated):
                    body, broken = _spoiled(text, at, marks, list(header))
                    written.malformed += broken
                    stream.write(body.encode(encoding))
    written.ids = ids.tolist()
    return written


def _marks(rng: np.random.Generator, rows: int) -> Ints:
    """Return the rows of a file that an unreadable line precedes: one to four, never at its end."""
    size = min(4, rows // 2000 + 1)
    return (
        np.sort(rng.choice(np.arange(1, rows), size=size, replace=False))
        if rows > size
        else np.zeros(0, dtype=np.int64)
    )


def _months(start: dt.date, time: Ints) -> Ints:
    """Return year and month (YYYYMM) of each time in seconds from the start."""
    days = np.floor_divide(time, DAY)
    dates = np.datetime64(start) + days.astype("timedelta64[D]")
    return np.char.replace(dates.astype("datetime64[M]").astype(str), "-", "") if len(days) else np.zeros(0, dtype="U6")


@contextmanager
def _opened(path: Path) -> Iterator[gzip.GzipFile | io.BufferedWriter]:
    """Open a file for bytes; compressed files carry neither name nor time."""
    with path.open("wb") as plain:
        if path.suffix == ".gz":
            with gzip.GzipFile(filename="", mode="wb", compresslevel=5, fileobj=plain, mtime=0) as packed:
                yield packed
        else:
            yield plain


class _Lookups:
    """Texts of the hospital by index, made once."""

    def __init__(self, hospital: Hospital) -> None:
        accounts = hospital.accounts
        spelled = list(ROLES.values()) if hospital.plan.kind == "maternity" else list(ROLES)
        departments = pl.Series([d.name for d in hospital.departments])
        self.hospital = hospital
        self.user = pl.Series(accounts.ids)
        self.name = pl.Series(accounts.names)
        self.department = departments.gather(pl.Series(accounts.listed_department).cast(pl.UInt32))
        self.role = pl.Series(spelled).gather(pl.Series(accounts.role).cast(pl.UInt32))
        self.patient = patient_ids(hospital)
        self.visit = visit_ids(hospital)
        self.visited = departments.gather(pl.Series(hospital.encounters.department).cast(pl.UInt32))


def _spelled(codes: dict[str, str], position: Ints, *, chinese: bool) -> pl.Series:
    """Return the words for codes, empty ones as null."""
    words = pl.Series([word or None for word in (codes.values() if chinese else codes)], dtype=pl.String)
    return words.gather(pl.Series(position.astype(np.int64)).cast(pl.UInt32))


def _chunks(
    lookups: _Lookups,
    logged: Sessions,
    rows: Ints,
    ids: Ints,
    start: dt.datetime,
    source: str,
    dialect: Dialect,
    repeated: Ints,
) -> Iterator[tuple[int, str]]:
    """Yield the rows as CSV text chunk by chunk, with the number of rows before; repeated rows follow their first."""
    doubled = np.sort(np.concatenate([np.arange(len(rows)), repeated]))
    header = dialect.his_header if source == "his" else dialect.emr_header
    for at in range(0, len(doubled), _CHUNK):
        chosen = rows[doubled[at : at + _CHUNK]]
        frame = _frame(lookups, logged, chosen, ids, start, source, dialect)
        yield at, frame.select(list(header)).write_csv(include_header=False)


def _frame(
    lookups: _Lookups, logged: Sessions, rows: Ints, ids: Ints, start: dt.datetime, source: str, dialect: Dialect
) -> pl.DataFrame:
    events = logged.events.take(rows)
    his = source == "his"
    workstation, address = lookups.hospital.places.locate(events.place.astype(np.int64), logged.station[rows])
    account = events.account.astype(np.int64)
    moment = events.time.astype(np.int64) * 1_000 + (events.time * 7919 + account * 104_729) % 1000
    time = pl.lit(start).dt.cast_time_unit("ms") + pl.duration(milliseconds=pl.col("event_time"))
    return pl.DataFrame(
        {
            "event_time": pl.Series(moment),
            "event_id": pl.Series(ids[rows].tolist(), dtype=pl.String),
            "user_id": _looked_up(lookups.user, account),
            "user_name": _looked_up(lookups.name, account),
            "user_department": _looked_up(lookups.department, account),
            "user_role": _looked_up(lookups.role, account),
            "patient_id": _looked_up(lookups.patient, events.patient.astype(np.int64)),
            "patient_department": _looked_up(lookups.visited, events.visit.astype(np.int64)),
            "visit_id": _looked_up(lookups.visit, events.visit.astype(np.int64)),
            "action": _spelled(ACTIONS, events.action, chinese=his),
            "category": _spelled(CATEGORIES, events.category, chinese=his),
            "record_count": pl.Series(events.count),
            "query_by": _spelled(QUERIES, events.query, chinese=his),
            "client_ip": pl.Series(address, dtype=pl.String),
            "workstation": pl.Series([name or None for name in workstation], dtype=pl.String),
            "application": pl.Series([source.upper()] * len(rows), dtype=pl.String),
            "session_id": "S" + pl.Series(logged.session[rows] + 100_000).cast(pl.String),
            "outcome": _spelled(OUTCOMES, events.outcome, chinese=his),
            "reason": _spelled(dict.fromkeys(REASONS, ""), events.reason, chinese=False),
        }
    ).with_columns(time.dt.strftime(dialect.his_time if his else dialect.emr_time).alias("event_time"))


def _spoiled(text: str, before: int, marks: Ints, header: list[str]) -> tuple[str, int]:
    """Put unreadable lines in front of the rows that `marks` name; return the text and how many."""
    inside = [int(mark) - before for mark in marks if before < mark < before + _CHUNK]
    if not inside:
        return text, 0
    lines = text.splitlines(keepends=True)
    time, user = header.index("event_time"), header.index("user_id")
    broken = 0
    for number, at in enumerate(reversed(inside)):
        if at >= len(lines):
            continue
        row = lines[at].rstrip("\n").split(",")
        row[header.index("event_id")] += "x"
        kinds = (
            ",".join([*row[:time], "2026-13-45 25:61:00", *row[time + 1 :]]),
            ",".join(row[:5]),
            "*** 日志服务重启 ***",
            ",".join([*row[:user], "", *row[user + 1 :]]),
        )
        lines.insert(at, kinds[(number + before // _CHUNK) % len(kinds)] + "\n")
        broken += 1
    return "".join(lines), broken
