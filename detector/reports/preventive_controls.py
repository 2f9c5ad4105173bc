"""Measures that could be taken, and what each would have changed among accesses: the hospital's own, or a drill's.

One statement of ``sql/report`` a measure. It reads ``patient_days`` and ``events``, whatever these are views of, so
that what it is seen to do in the hospital's own history and against planted episodes is the same measure.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import duckdb

from detector.database import queries


@dataclass(frozen=True, slots=True)
class Control:
    """A measure that could be taken: its statement in ``sql/report`` says what it would have changed in a period.

    ``on_lists``: it is about records on exported lists, which name no patient; another one is about patients opened.
    A new measure is an entry of :data:`CONTROLS`, its statement and its texts.
    """

    id: str
    statement: str
    values: Mapping[str, int] = field(default_factory=dict)
    on_lists: bool = False

    def effect(
        self, connection: duckdb.DuckDBPyConnection, first: dt.date, last: dt.date, judged_from: dt.date
    ) -> dict[str, Any]:
        """Return the one row of its statement between two dates; grounds are told from ``judged_from`` on.

        ``fewer``: patients, or records on lists, out of reach that no ground accounts for; ``usual``: those that are
        only usual for the unit; ``grounded``, of a measure that asks for no ground: those with one. The table
        ``site_rules`` must be there.
        """
        span = {"first": first, "last": last} | ({} if self.on_lists else {"judged_from": judged_from})
        return queries.rows(connection, "report", f"{self.statement}.sql", **span, **self.values)[0]


CONTROLS: Final = (
    Control("mask", "control_mask"),
    Control("limit_50", "control_limit", {"limit": 50}, on_lists=True),
    Control("limit_250", "control_limit", {"limit": 250}, on_lists=True),
    Control("close", "control_close"),
    Control("reason", "control_reason"),
)
"""Limits are the marks of 法释〔2017〕10号: 50 records sold at 50 yuan, and 250, are a serious offence."""
