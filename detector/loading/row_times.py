"""Reading the times of a source's rows: the known forms, its ``time_format``, its zone, its order of day and month."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from detector.database.queries import create_table, sql_text
from detector.deployment.time_format import FILEMAN, time_pattern
from detector.loading.time_orders import TimeOrder
from detector.model.tables import Column, Table
from detector.store.parts import quoted

if TYPE_CHECKING:
    import duckdb

    from detector.deployment.log_sources import Source
    from detector.loading.loaded_file import LoadedFile

SPELLED_CLOCKS: Final = Table(
    "spelled_clocks",
    "row of a chunk whose time only spelled_clocks.sql reads",
    (
        Column("row_number", "bigint", "Row of the file."),
        Column("wall", "timestamp", "What its text says, with an open order the day first."),
        Column("swapped", "timestamp", "With an open order: the month first."),
        Column("minutes", "integer", "Offset from UTC.", "minutes"),
        Column("zone", "varchar", "Name of a zone in place of the offset."),
        Column("time_order", "varchar", "What the text says of the order of day and month."),
        Column("date_alone", "boolean", "It is a date without a time."),
        Column("year_digits", "integer", "Figures of its year."),
    ),
)


class RowTimes:
    """How the rows of one source get their times; rows later than ``latest`` (UTC) wait."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, zone: str, source: Source, latest: dt.datetime) -> None:
        """Take the site's ``zone`` and the source."""
        self._connection, self._source = connection, source
        self.latest = latest
        self.order = TimeOrder(connection, source)
        self._values = {
            "zone": zone, "log_zone": source.timezone or zone, "is_told": source.timezone is not None,
            "source": source.name, "latest": latest,
        }  # fmt: skip
        self._spells_all = any(time_pattern(text).may_be_plain for text in source.time_format)

    def create_macros(self) -> None:
        """Create the macros and the table that :meth:`type_rows` needs, in place of another source's."""
        create_time_macros(self._connection)
        if self._source.time_format:
            self._connection.execute(configured_form(self._source.time_format))
        self._connection.execute(f"create or replace temp table spelled_clocks as {SPELLED_CLOCKS.empty_select()}")

    def type_rows(self, file: LoadedFile, problem: str | None = None) -> None:
        """Make ``typed_rows`` of ``canonical_rows`` of a file; ``problem`` is wrong with all of them."""
        connection, values = self._connection, self._values | {"problem": problem}
        connection.execute("delete from spelled_clocks")
        self._type_rows(values)
        if problem is not None:
            return
        if self._has_unread():
            create_table(connection, "load", "spelled_clocks.sql")
            self._type_rows(values)
            if self.order.note(file, self.latest):
                self._type_rows(values)

    def _has_unread(self) -> bool:
        """Make ``unread_rows`` of the rows whose time nothing has read yet; return whether there are any."""
        self._connection.execute(
            "create or replace temp table unread_rows as select row_number from typed_rows"
            " where problem is distinct from 'no event_time' and ($every or event_time is null)",
            {"every": self._spells_all},
        )
        return bool(self._connection.execute("select count(*) from unread_rows").fetchall()[0][0])

    def _type_rows(self, values: dict[str, object]) -> None:
        create_table(self._connection, "load", "typed_rows.sql", **values, time_order=self.order.settled)


def create_time_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the macros that read times, without any ``time_format``, and the one of an event's content."""
    for macros in ("event_time.sql", "content_hash.sql"):
        connection.execute(sql_text("load", macros))


def configured_form(patterns: tuple[str, ...]) -> str:
    """Return the statement that makes the macro ``configured_form`` of these patterns; the first that fits counts."""
    form = "n"
    for text in reversed(patterns):
        pattern = time_pattern(text)
        regex = quoted(f"^(?:{pattern.regex})$")
        rewritten = f"regexp_replace(n,{regex},{quoted(pattern.rewrite)})"
        fits = f"has_half_day={pattern.has_half_day}" + f" and regexp_matches(n,{regex})"
        form = f"if({fits},{'fileman_form(n)' if pattern.rewrite == FILEMAN else rewritten},{form})"
    return f"create or replace temp macro configured_form(n, has_half_day) as {form}"
