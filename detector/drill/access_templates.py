"""What is done with an opened record: the rows that one access writes into the log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """One row of an access.

    ``after_seconds`` is the mean time after the access began, ``chance`` the probability that the row is written,
    ``categories`` what it may be about (one is drawn, of those that the site's systems write at all), ``query_by``
    likewise, and ``reasons`` what is given as the reason. ``is_list`` marks a row about a list: it names no patient
    and counts as many records as are taken.
    """

    action: str
    categories: tuple[str, ...]
    after_seconds: int = 0
    chance: float = 1.0
    query_by: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    is_list: bool = False


AccessTemplate = tuple[TemplateRow, ...]
"""The rows of one access, in the order in which they are written."""

CLINICAL: Final = ("note", "result", "order", "imaging")

CONTACT: Final[AccessTemplate] = (
    TemplateRow("search", ("demographics", "list"), -6, 0.1, ("name", "bed", "patient_id")),
    TemplateRow("view", ("demographics",)),
    TemplateRow("view", ("demographics",), 9, 0.35),
)
PHONE_NUMBER: Final[AccessTemplate] = (TemplateRow("view", ("demographics",)),)
FETCH: Final[AccessTemplate] = (
    TemplateRow(
        "view", ("result", "note", "order", "imaging", "medication", "billing", "demographics", "list", "other")
    ),
)
SELF_SERVICE: Final[AccessTemplate] = (
    TemplateRow("view", ("result", "billing", "list")),
    TemplateRow("view", ("demographics",), 8, 0.2),
    TemplateRow("print", ("result", "billing"), 20, 0.5),
)
NEWBORN_CONTACT: Final[AccessTemplate] = (
    TemplateRow("view", ("newborn", "demographics"), 0, 0.45),
    TemplateRow("view", ("demographics",), 6),
)
COVERED_CONTACT: Final[AccessTemplate] = (
    TemplateRow("view", ("obstetric", "note", "order")),
    TemplateRow("view", ("demographics",), 12),
    TemplateRow("view", ("result", "order", "note"), 24, 0.7),
    TemplateRow("create", ("note",), 45, 0.15),
)
WHOLE_HISTORY: Final[AccessTemplate] = (
    TemplateRow("search", ("demographics", "list"), -9, 1.0, ("phone", "id_number", "name")),
    TemplateRow("view", ("note",), 3),
    TemplateRow("view", ("result",), 18),
    TemplateRow("view", ("billing", "imaging"), 33, 0.8),
    TemplateRow("view", ("demographics",), 45, 0.5),
    TemplateRow("view", ("medication", "order"), 58, 0.6),
)
READING: Final[AccessTemplate] = (
    TemplateRow("search", ("demographics", "list"), -7, 0.5, ("name", "patient_id")),
    TemplateRow("view", CLINICAL),
    TemplateRow("view", CLINICAL, 16, 0.8),
    TemplateRow("view", CLINICAL, 30, 0.4),
    TemplateRow("view", ("demographics",), 41, 0.2),
)
SENSITIVE: Final[AccessTemplate] = (
    TemplateRow("search", ("demographics", "list"), -7, 0.4, ("name", "worklist")),
    TemplateRow("view", ("psychiatric", "reproductive", "infectious")),
    TemplateRow("view", ("psychiatric", "reproductive", "infectious", "note"), 17, 0.7),
)
BROKEN_GLASS: Final[AccessTemplate] = (
    TemplateRow("break_glass", ("note",), 0, 1.0, (), ("工作需要", "查看", "")),
    TemplateRow("view", ("note", "result"), 9),
    TemplateRow("view", CLINICAL, 25, 0.6),
)
EXPORT: Final[AccessTemplate] = (
    TemplateRow("search", ("list",), -180, 1.0, ("other",), (), is_list=True),
    TemplateRow("export", ("list",), 0, is_list=True),
)
STEP: Final[AccessTemplate] = (TemplateRow("view", ("demographics", "result", "note")),)
PULL: Final[AccessTemplate] = (
    TemplateRow("view", ("demographics", "result", "note", "obstetric", "psychiatric", "billing")),
)
ROUND: Final[AccessTemplate] = (
    TemplateRow("view", ("note",)),
    TemplateRow("view", ("order", "result", "medication"), 20, 0.8),
    TemplateRow("update", ("note", "order"), 45, 0.3),
)
