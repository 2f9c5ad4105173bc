"""Every SQL file says truly in its header what it reads, gives and needs; and SQL that is long is a file."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import duckdb
import pytest

from detector.database.connection import create_macros
from detector.database.queries import sql_folder, sql_names, sql_text
from detector.detection.features import FEATURES
from detector.detection.night_tables import relation_tables
from detector.detection.streams import ACCESS_COMPONENTS, COMPONENTS
from detector.export.outbox import ACKNOWLEDGEMENT_SCHEMA
from detector.findings.late_evidence import keep_earlier_evidence
from detector.loading.identity import EARLIER_EVENTS
from detector.model.event_columns import COLUMNS
from detector.model.tables import PATIENT_DAYS, STORED, TABLES, TEMPORARY
from detector.store.schema import create_tables

OTHERWISE = ("policies", "schema", "macros", "delivery")
"""Folders with another form: a header in TOML, tables step by step, macros, the tables of an SQLite file."""
MACRO_FILES = ("load/event_time.sql", "load/context_time.sql", "load/context_columns.sql", "load/content_hash.sql")
UNFINISHED = (
    "load/context_rows.sql", "load/context_accounts.sql", "load/context_counts.sql", "load/context_lost.sql",
    "load/context_sums.sql",
)  # fmt: skip
"""Statements that are completed from the declared columns of a context table, or its name."""
KEYS = ("reads", "gives", "columns", "params", "note")
ROWS = "rows"
MORE = {
    "account_days": [(feature.id, "bigint") for feature in FEATURES],
    "suspicions": [(name, "bigint") for name in ACCESS_COMPONENTS],
    "evidence_days": [(name, "bigint") for name in COMPONENTS],
}
"""Columns that other parts of the detector declare."""
CALLERS = {
    "canonical_rows": "row_number bigint, byte_position bigint, raw varchar, problem varchar, content varchar, "
    "request_id varchar, "
    + ", ".join(f"{name} {'bigint' if name == 'record_count' else 'varchar'}" for name in COLUMNS),
    "earlier_events": EARLIER_EVENTS.definition(),
    "published_findings": TABLES["findings"].definition(),
    "published_outbox": TABLES["outbox"].definition(),
    "decided_outbox": TABLES["outbox"].definition(),
    "acknowledged": ", ".join(f"{name} varchar" for name in ACKNOWLEDGEMENT_SCHEMA),
    "refused": ", ".join(f"{name} varchar" for name in ACKNOWLEDGEMENT_SCHEMA),
    "complaints": "patient_id varchar, known_on date",
    "considered": PATIENT_DAYS.definition(),
    "fired": "subject varchar, event_ids varchar[]",
    "wanted_accesses": "business_date date, user_id varchar, patient_id varchar, explanation varchar, "
    "surprisal integer, weight double",
    "wanted_events": "event_id varchar",
    "sealed_spans": "place bigint, numbers varchar[], starts_at timestamp, ends_at timestamp",
    "planted_rows": TABLES["events"].definition(),
    "episode_labels": "event_id varchar, label varchar, counts_until date",
    "habit_spans": "business_date date, recent_from date, own_from date, own_until date, current_from date",
    "seen_source_days": TABLES["source_days"].definition(),
    "unread_rows": "row_number bigint",
    "source_names_now": "source varchar, name varchar",
    "ruled_rows": "column_name varchar, source varchar, user_id varchar, patient_id varchar, canonical_id varchar, "
    "starts_at timestamp, ends_at timestamp, place bigint",
    "ids_before": "source varchar, business_date date, logged_id varchar, events bigint, id varchar",
    "ids_after": "source varchar, business_date date, logged_id varchar, events bigint, id varchar",
    "rekeyed_user_id": "business_date date, before varchar, after varchar",
    "rekeyed_patient_id": "business_date date, before varchar, after varchar",
    "lags": "moment date, business_date date, bit utinyint",
    "patient_tokens": "number varchar, token varchar",
    "site_days": "business_date date, day_off boolean",
    "visit_tokens": "number varchar, token varchar",
}
"""Tables that a caller registers for one statement, and their columns."""
DATE, DATES, NAMES = dt.date(2026, 6, 1), [dt.date(2026, 6, 1)], ["one"]
MIDNIGHT = dt.datetime.fromisoformat("2026-06-01")
PARAMETERS: dict[str, Any] = {
    "addressee": "u1", "department": "OB", "id_column": "user_id", "id": "u1",
    "grounds": ["care_team"],
    "of_policies": False, "own_record": False,
    "decided_before": DATE, "decided_only": True,
    "recorded_at": MIDNIGHT, "before": MIDNIGHT, "timezone": "UTC", "zone": "UTC",
    "users": NAMES, "findings": NAMES, "keys": NAMES, "closed": NAMES, "sources": NAMES, "names": NAMES,
    "dates": DATES, "judged": DATES, "is_judged": True, "decoys": NAMES,
    "file_id": 1, "longest": 1, "smallest": 1, "most": 1, "controls": 1, "events": 1, "patients": 1, "health_from": 1,
    "limit": 1, "rows": [1], "least": 1, "evidence": 1, "watermark": 1, "include_below_alert": True,
    "colleague": 0.5, "fresh": 0.5,
    "alerts_only": True, "days": 1,
    "cleared": NAMES, "numbers": NAMES, "known": NAMES,
    "log_zone": "UTC", "is_told": False, "time_order": None,
    "latest": MIDNIGHT, "late": False, "after": 1, "new_dates": DATES, "done": DATE,
    **dict.fromkeys((
        "night", "first", "last", "since", "until", "business_date", "date", "day", "start", "oldest", "quiet",
        "own_from", "own_until", "recent_from", "current_from",
        "judged_from",
    ), DATE),
    **dict.fromkeys((
        "pattern", "user", "user_id", "patient", "source", "path", "finding", "finding_id", "subject", "policy", "case",
        "thresholds", "status", "identity", "problem", "role",
    ), "one"),
}  # fmt: skip
"""A value for each parameter that a file may name."""


@dataclass(frozen=True)
class Header:
    """The comments that a file begins with, by their key."""

    reads: tuple[str, ...] = ()
    gives: str = ""
    columns: str = ""
    params: tuple[str, ...] = ()
    keys: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What the file gives: `rows`, or the name of a table."""
        return self.gives.partition(":")[0]


def header_of(text: str) -> Header:
    """Read a header; a line that goes on is indented by ten blanks."""
    values: dict[str, str] = {}
    for line in text.splitlines():
        if not line.startswith("--"):
            break
        begin = re.fullmatch(r"-- (\w+) +(\S.*)", line)
        further = re.fullmatch(r"-- {10,}(\S.*)", line)
        if further and values:
            values[list(values)[-1]] += " " + further[1]
        elif begin and begin[1] in KEYS and begin[1] not in values:
            values[begin[1]] = begin[2]
        else:
            raise AssertionError(f"this is no line of a header: {line}")
    return Header(
        tuple(values.get("reads", "").split(", ")) if "reads" in values else (),
        values.get("gives", ""),
        values.get("columns", ""),
        tuple(values.get("params", "").split(", ")) if "params" in values else (),
        list(values),
    )


def as_select(statement: str) -> str:
    """Return the SELECT of a statement that fills or changes a table: what it reads to do so."""
    text = re.sub(r"^(--.*\n)+", "", statement)
    text = re.sub(r"\bon conflict\b.*", "", text, flags=re.DOTALL) if text.startswith("insert") else text
    text = re.sub(r"^insert\b.*?\n", "", text)
    return re.sub(r"^update \w+\s+set", "select", text)


def tables_read(statement: str) -> set[str]:
    """Return the tables and views of a statement as DuckDB's parser sees them, common table expressions left out."""
    rows = duckdb.execute("select json_serialize_sql($sql)", {"sql": as_select(statement)}).fetchall()
    tree = json.loads(rows[0][0])
    assert not tree["error"], tree
    tables: set[str] = set()
    expressions: set[str] = set()

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if node.get("type") == "BASE_TABLE":
                tables.add(node["table_name"])
            expressions.update(entry["key"] for entry in node.get("cte_map", {}).get("map", ()))
            node = list(node.values())
        for child in node if isinstance(node, list) else ():
            walk(child)

    walk(tree)
    return tables - expressions


def parameters(statement: str) -> dict[str, Any]:
    """Return a value for each parameter of a statement."""
    return {name: PARAMETERS[name] for name in duckdb.extract_statements(statement)[0].named_parameters}


def described(connection: duckdb.DuckDBPyConnection, statement: str) -> list[tuple[str, str]]:
    rows = connection.execute(f"describe {statement}", parameters(statement)).fetchall()
    return [(str(name), str(kind).lower()) for name, kind, *_ in rows]


def whole_table(match: re.Match[str]) -> str:
    """Return the columns that `table.*` stands for."""
    return ", ".join(f"{name} {kind}" for name, kind in TABLES[match[1]].types.items())


def headed_files(*folders: str) -> list[str]:
    every = [entry.name for entry in sql_folder().iterdir() if entry.is_dir() and entry.name not in OTHERWISE]
    files = [f"{folder}/{name}" for folder in sorted(folders or every) for name in sql_names(folder)]
    return [file for file in files if file not in (*MACRO_FILES, *UNFINISHED)]


FILES = headed_files()


def text_of(file: str) -> str:
    return sql_text(*file.split("/"))


def stem(file: str) -> str:
    return file.partition("/")[2].removesuffix(".sql")


@pytest.fixture(scope="module")
def house() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with every table of the house, all empty."""
    connection = duckdb.connect(config={"threads": 1})
    create_macros(connection)
    for macros in MACRO_FILES:
        connection.execute(text_of(macros))
    create_tables(connection)
    create_macros(connection)
    relation_tables(connection)
    for table in (*TEMPORARY, *(table for table in TABLES.values() if table not in (*STORED, *TEMPORARY))):
        connection.execute(table.create_temporary())
    for table, more in MORE.items():
        for name, kind in more:
            connection.execute(f"alter table {table} add column if not exists {name} {kind}")
    keep_earlier_evidence(connection, ())
    for name, columns in CALLERS.items():
        connection.execute(f"create temp table {name} ({columns})")
    events = text_of("cli/loaded_events.sql")
    connection.execute(f"create temp table loaded_events as {events}", parameters(events))
    makers = [file for file in FILES if header_of(text_of(file)).name not in {ROWS, *TABLES}]
    while makers:
        ready = [file for file in makers if not set(header_of(text_of(file)).reads) & {stem(one) for one in makers}]
        assert ready, "files that read each other"
        for file in ready:
            text = text_of(file)
            connection.execute(f"create temp table {stem(file)} as {text}", parameters(text))
        makers = [file for file in makers if file not in ready]
    yield connection
    connection.close()


@pytest.mark.parametrize("file", FILES)
def test_the_header_names_what_the_statement_reads_and_needs(file: str) -> None:
    text = text_of(file)
    header = header_of(text)
    assert header.keys == [key for key in KEYS if key in header.keys]
    assert len(header.reads) == len(set(header.reads))
    assert set(header.reads) == tables_read(text)
    statements = duckdb.extract_statements(text)
    assert len(statements) == 1
    assert set(header.params) == {f"${name}" for name in statements[0].named_parameters}


@pytest.mark.parametrize("file", FILES)
def test_the_header_names_what_the_statement_gives(house: duckdb.DuckDBPyConnection, file: str) -> None:
    text = text_of(file)
    header = header_of(text)
    assert re.fullmatch(r"\w+: \S.*[^.]", header.gives)
    if duckdb.extract_statements(text)[0].type != duckdb.StatementType.SELECT:
        assert header.name in {table.name for table in STORED}
        assert re.search(rf"^(insert (or \w+ )?into|update) {header.name}\b", text, re.MULTILINE)
        house.execute(f"explain {text}", parameters(text))
        return
    assert header.name in {ROWS, stem(file)}
    columns = described(house, text)
    if header.columns:
        assert re.sub(r"\b(\w+)\.\*", whole_table, header.columns) == ", ".join(
            f"{name} {kind}" for name, kind in columns
        )
    else:
        names = header.reads if header.name == ROWS else (header.name,)
        shapes = [sorted([*TABLES[name].types.items(), *MORE.get(name, [])]) for name in names if name in TABLES]
        assert sorted(columns) in shapes, "columns are named unless they are those of a declared table"


@pytest.mark.parametrize("name", sql_names("macros"))
def test_a_macro_has_the_name_of_its_file(name: str) -> None:
    text = sql_text("macros", name)
    macro = name.removesuffix(".sql")
    assert header_of(text).gives.startswith(f"{macro}(")
    assert len(duckdb.extract_statements(text)) == 1
    assert f"create or replace temp macro {macro}(" in text


@pytest.mark.parametrize(
    ("statement", "tables"),
    [
        ("with a as (from b) select * from a join c using (d)", {"b", "c"}),
        ("insert into t by name\nselect * from u where v in (from w)\non conflict (x) do nothing", {"u", "w"}),
        ("update t\nset a = b.c\nfrom (select c from d) as b\nwhere t.e = b.e", {"d"}),
        ("-- reads   nothing\nupdate t\nset a = 1", set()),
        ("select (select count(*) from a), $b::date", {"a"}),
    ],
)
def test_tables_of_a_statement(statement: str, tables: set[str]) -> None:
    assert tables_read(statement) == tables


def test_a_header_has_no_other_lines() -> None:
    header = header_of("-- reads   a, b\n-- gives   rows: one row per a\n--          and b\n-- params  $c\nselect $c\n")
    assert (header.reads, header.gives, header.params) == (("a", "b"), "rows: one row per a and b", ("$c",))
    for line in ("-- reads a\n-- reads b", "-- why not", "--   gives a", "--      further"):
        with pytest.raises(AssertionError):
            header_of(line)
