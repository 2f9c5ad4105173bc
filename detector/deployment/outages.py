"""``[[outage]]`` and ``until`` of a source: when no rows of a log are expected."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Annotated, Final, Protocol
from zoneinfo import ZoneInfo

from detector.deployment.checked_table import CheckedTable
from detector.deployment.key import Key

ONE_DAY: Final = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Outage:
    """One ``[[outage]]``: the planned silence of a log. Times are wall clock of the site.

    ``end`` is exclusive, and None while the outage lasts. ``retired`` marks the silence after a source's ``until``.
    """

    source: Annotated[str, Key("text", "the name of a `[[source]]`")]
    start: Annotated[dt.datetime, Key("time", '`"2026-06-14 22:00"`, wall clock of the site; a date is its midnight')]
    end: Annotated[dt.datetime | None, Key("time", '`"2026-06-15 04:00"`; a date alone includes that day', "it lasts")]
    reason: Annotated[str | None, Key("text", "shown with the finding")] = None
    retired: bool = False

    @property
    def last_date(self) -> dt.date:
        """The date before it began: of a retired source the last one with rows."""
        return self.start.date() - ONE_DAY

    def covers(self, moment: dt.datetime) -> bool:
        """Whether the moment lies within."""
        return self.start <= moment and (self.end is None or moment < self.end)


class Retirable(Protocol):
    """What a source must tell: its name, and its last date where it is retired."""

    @property
    def name(self) -> str:
        """The source's name."""

    @property
    def until(self) -> dt.date | None:
        """Its last date."""


def read_outages(root: CheckedTable, sources: Sequence[Retirable], zone: str) -> tuple[Outage, ...]:
    """Return the ``[[outage]]`` blocks of a ``detector.toml``; raises ConfigError."""
    known = tuple(source.name for source in sources)
    tables = root.tables("outage", "one for each planned silence")
    return tuple(_outage(table, known, ZoneInfo(zone)) for table in tables)


def retirements(sources: Sequence[Retirable]) -> tuple[Outage, ...]:
    """Return the silence that follows the ``until`` of each source that has one."""
    return tuple(
        Outage(source.name, dt.datetime.combine(source.until + ONE_DAY, dt.time()), None, retired=True)
        for source in sources
        if source.until is not None
    )


def read_date(table: CheckedTable, key: str) -> dt.date | None:
    """Return a date, written as such or as a text, or None where it is missing; raises ConfigError."""
    value = table.values.get(key)
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    if value is None:
        return None
    with suppress(ValueError):
        return dt.date.fromisoformat(str(value))
    raise table.error(f"must be a date such as 2026-12-31, not {_shown(value)}", key)


def read_dates(table: CheckedTable, key: str) -> tuple[dt.date, ...]:
    """Return a list of dates, each written as such or as a text; raises ConfigError."""
    values = table.values.get(key, [])
    if not isinstance(values, list):
        raise table.error("must be a list of dates", key)
    dates = (read_date(replace(table, values={key: value}), key) for value in values)
    return tuple(date for date in dates if date is not None)


def _outage(table: CheckedTable, known: tuple[str, ...], zone: ZoneInfo) -> Outage:
    table.only("source", "start", "end", "reason")
    source = table.needed_text("source")
    table.check_word(source, known, "source")
    if "start" not in table.values:
        raise table.error("'start' is missing; add a time such as \"2026-06-14 22:00\"")
    start, _ = _moment(table, "start", zone)
    end = None
    if "end" in table.values:
        end, is_date = _moment(table, "end", zone)
        end += ONE_DAY if is_date else dt.timedelta()
        if end <= start:
            raise table.error("must be later than 'start'; leave it out while the outage lasts", "end")
    return Outage(source, start, end, table.text("reason"))


def _moment(table: CheckedTable, key: str, zone: ZoneInfo) -> tuple[dt.datetime, bool]:
    """Return a time as the site's clocks show it, and whether it is a date alone."""
    given = table.values[key]
    value = _read(given) if isinstance(given, str) else given
    if isinstance(value, dt.datetime):
        local = value.astimezone(zone) if value.tzinfo else value
        return local.replace(tzinfo=None), False
    if isinstance(value, dt.date):
        return dt.datetime.combine(value, dt.time()), True
    raise table.error(f'must be a time such as "2026-06-14 22:00", not {_shown(given)}', key)


def _read(text: str) -> dt.date | None:
    """Return the time or date that a text says, None where it says neither."""
    with suppress(ValueError):
        return dt.date.fromisoformat(text.strip())
    with suppress(ValueError):
        return dt.datetime.fromisoformat(text.strip())
    return None


def _shown(value: object) -> str:
    return repr(value) if isinstance(value, str) else str(value)
