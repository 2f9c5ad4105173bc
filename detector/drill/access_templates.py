"""What is done with a record: the rows that one access writes into the log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Row:
    """One row of an access.

    ``after_seconds`` is the mean time after the access began, ``chance`` how often the row is there, ``categories``
    what it may be about (one is drawn, of those that the site's systems write at all), ``query_by`` likewise, and
    ``reasons`` what is given as the reason. ``listed`` tells that the row is about a list: it names no patient and
    counts as many records as are taken.
    """

    action: str
    categories: tuple[str, ...]
    after_seconds: int = 0
    chance: float = 1.0
    query_by: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    listed: bool = False


Page = tuple[Row, ...]

CLINICAL: Final = ("note", "result", "order", "imaging")

CONTACT: Final[Page] = (
    Row("search", ("demographics", "list"), -6, 0.1, ("name", "bed", "patient_id")),
    Row("view", ("demographics",)),
    Row("view", ("demographics",), 9, 0.35),
)
NEWBORN_CONTACT: Final[Page] = (
    Row("view", ("newborn", "demographics"), 0, 0.45),
    Row("view", ("demographics",), 6),
)
COVERED_CONTACT: Final[Page] = (
    Row("view", ("obstetric", "note", "order")),
    Row("view", ("demographics",), 12),
    Row("view", ("result", "order", "note"), 24, 0.7),
    Row("create", ("note",), 45, 0.15),
)
WHOLE_HISTORY: Final[Page] = (
    Row("search", ("demographics", "list"), -9, 1.0, ("phone", "id_number", "name")),
    Row("view", ("note",), 3),
    Row("view", ("result",), 18),
    Row("view", ("billing", "imaging"), 33, 0.8),
    Row("view", ("demographics",), 45, 0.5),
    Row("view", ("medication", "order"), 58, 0.6),
)
READING: Final[Page] = (
    Row("search", ("demographics", "list"), -7, 0.5, ("name", "patient_id")),
    Row("view", CLINICAL),
    Row("view", CLINICAL, 16, 0.8),
    Row("view", CLINICAL, 30, 0.4),
    Row("view", ("demographics",), 41, 0.2),
)
SENSITIVE: Final[Page] = (
    Row("search", ("demographics", "list"), -7, 0.4, ("name", "worklist")),
    Row("view", ("psychiatric", "reproductive", "infectious")),
    Row("view", ("psychiatric", "reproductive", "infectious", "note"), 17, 0.7),
)
BROKEN_GLASS: Final[Page] = (
    Row("break_glass", ("note",), 0, 1.0, (), ("工作需要", "查看", "")),
    Row("view", ("note", "result"), 9),
    Row("view", CLINICAL, 25, 0.6),
)
EXPORT: Final[Page] = (
    Row("search", ("list",), -180, 1.0, ("other",), (), listed=True),
    Row("export", ("list",), 0, listed=True),
)
STEP: Final[Page] = (Row("view", ("demographics", "result", "note")),)
PULL: Final[Page] = (Row("view", ("demographics", "result", "note", "obstetric", "psychiatric", "billing")),)
ROUND: Final[Page] = (
    Row("view", ("note",)),
    Row("view", ("order", "result", "medication"), 20, 0.8),
    Row("update", ("note", "order"), 45, 0.3),
)
