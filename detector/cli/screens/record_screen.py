"""Who opened a record, as a screen shows it: the accounts, what they did, and whether a ground is on file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from detector.cli.other_numbers import stands_for
from detector.cli.render.screen_table import ScreenColumn
from detector.database.queries import rows
from detector.database.rows import select
from detector.model.relations import explanation_text
from detector.texts import Texts
from detector.texts.untrusted import called

if TYPE_CHECKING:
    import duckdb

KEYS: Final = (
    "patient_id", "user_id", "user_name", "department", "role", "first_at", "last_at", "days", "accesses", "events",
    "categories", "wrote", "exported", "explanations", "explained_days", "usual_days", "suspicious_days", "findings",
)  # fmt: skip
"""What machine formats have of each account."""
Viewer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class OpenedRecord:
    """A record and the accounts that opened it, a row each.

    ``number`` is what it has today, ``former`` the one that was asked for where it was merged since; ``numbers`` are
    all that stand for it. ``known`` tells whether a log or the patients table has it.
    """

    number: str
    former: str | None
    numbers: list[str]
    viewers: list[Viewer]
    known: bool


def opened_record(connection: duckdb.DuckDBPyConnection, number: str) -> OpenedRecord:
    """Return who opened the record of a number, or of the one that it was merged into."""
    viewers = rows(connection, "cli", "patient_accounts.sql", patient=number)
    former = None
    if not viewers and (other := stands_for(connection, "patient_id", number)):
        former, number = number, other
        viewers = rows(connection, "cli", "patient_accounts.sql", patient=number)
    numbers = [number, *(str(row["id"]) for row in rows(connection, "cli", "former_numbers.sql", patient=number))]
    known = bool(viewers) or bool(select(connection, "select 1 from patients where patient_id = ?", [number]))
    return OpenedRecord(number, former, numbers, viewers, known)


def add_findings(connection: duckdb.DuckDBPyConnection, record: OpenedRecord) -> None:
    """Give each account the findings about its holder that rest on accesses to the record."""
    cited: dict[str, list[str]] = {}
    for row in rows(connection, "cli", "patient_findings.sql", numbers=record.numbers):
        cited.setdefault(row["holder"], []).append(row["finding_id"])
    for viewer in record.viewers:
        viewer["findings"] = cited.get(viewer.pop("holder"), [])


def table_rows(viewers: Sequence[Viewer], texts: Texts) -> list[Viewer]:
    """Return the accounts with what the columns of the screen show."""
    return [viewer | _told(viewer, texts) for viewer in viewers]


def table_columns(texts: Texts, *, copies: bool = False) -> list[ScreenColumn]:
    """Return the columns; with ``copies`` one that tells whether the record was printed or exported."""
    return [
        ScreenColumn("who", texts("patient.account"), fit="wrap"),
        ScreenColumn("department", texts("patient.department"), fit="clip"),
        ScreenColumn("first", texts("patient.first")),
        ScreenColumn("last", texts("patient.last")),
        ScreenColumn("accesses", texts("patient.accesses"), align="right"),
        *([ScreenColumn("copied", texts("seal.copied"))] if copies else []),
        ScreenColumn("state_name", texts("patient.state"), style=_state_style),
        ScreenColumn("why", texts("patient.why"), fit="wrap"),
    ]


def _told(viewer: Viewer, texts: Texts) -> Viewer:
    reasons = (explanation_text(one, texts) for one in viewer["explanations"] or [] if one is not None)
    state = _state(viewer)
    return {
        "who": called(viewer),
        "why": texts.words(reasons) or explanation_text(None, texts),
        "state": state,
        "state_name": texts.name("state", state),
        "first": viewer["first_at"][:10],
        "last": viewer["last_at"][:10],
        "copied": texts("seal.yes") if viewer["exported"] else "",
    }


def _state(viewer: Mapping[str, Any]) -> str:
    """Return the word for what an account did with the record; what a finding is about has one word on all screens."""
    if viewer["findings"]:
        return "in_finding"
    if viewer["suspicious_days"]:
        return "suspicious"
    return "explained" if viewer["explained_days"] == viewer["days"] else "neither"


def _state_style(row: Any) -> tuple[str, ...]:  # noqa: ANN401
    return {"in_finding": ("red",), "suspicious": ("red",), "explained": ("green",)}.get(str(row["state"]), ())
