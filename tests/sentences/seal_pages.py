"""Reads what is said of records under seal: each figure counted anew from the trail and the log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tests.sentences.policy_facts import Seal, sealed_counts, seals
from tests.sentences.screen_tables import Table
from tests.sentences.site_pages import KNOWN, RecordScreen, Screen

if TYPE_CHECKING:
    from detector.texts.language import Language
    from tests.sentences.hospital import Hospital


def said_of(hospital: Hospital, seal: Seal) -> dict[str, object]:
    """Return when a record is sealed, as sentences name it."""
    zone = ZoneInfo(hospital.settings["site"]["timezone"])
    return {
        "moment": f"{seal.starts_at.astimezone(zone):%Y-%m-%d %H:%M}",
        "until": seal.ends_at and f"{seal.ends_at.astimezone(zone) - dt.timedelta(days=1):%Y-%m-%d}",
    }


class SealedScreen(Screen):
    """The list of records under seal."""

    def __init__(self, hospital: Hospital, language: Language) -> None:
        super().__init__(hospital, language, "seal", ("seal",))

    def all(self, lines: Sequence[str]) -> None:
        """Read it."""
        self.read(lines, {})

    def table(self, table: Table) -> None:
        """Compare each record."""
        names = ("record", "since", "end", "by", "note", "grounded", "ungrounded", "copies")
        first = self.hospital.one("select min(business_date) from dates")
        counted = []
        for seal in seals(self.hospital):
            counts = sealed_counts(self.hospital, seal, first, self.hospital.night)
            counted.append({
                "record": seal.patient, "since": said_of(self.hospital, seal)["moment"], "end": KNOWN,
                "by": seal.officer, "note": seal.note,
                **{name: counts[name] for name in ("grounded", "ungrounded", "copies")},
            })  # fmt: skip
        self.rows(table, {self.say(f"seal.{name}"): name for name in names}, counted)


class SealScreen(RecordScreen):
    """A record that is under seal already, and everybody who opened it so far."""

    def __init__(self, hospital: Hospital, language: Language, seal: Seal) -> None:
        super().__init__(hospital, language, seal.patient)
        self.seal = seal
        Screen.__init__(self, hospital, language, f"seal {seal.patient}", ("seal", "patient", "explanation", "state"))

    def read(self, lines: Sequence[str], counted: Mapping[str, object]) -> None:
        """Read what ``patient`` says as well, and since when it is sealed."""
        said = {f"seal.outcome_already.{name}": value for name, value in said_of(self.hospital, self.seal).items()}
        super().read(lines, {
            **counted, **said, "seal.outcome_already.patient": self.seal.patient, "seal.outcome_already.lasts": KNOWN,
            "seal.through.through": str(self.hospital.night),
        })  # fmt: skip

    def rows(self, table: Table, columns: Mapping[str, str], counted: object) -> None:
        """Compare the rows: whether an account printed or exported stands in a column of its own."""
        title = self.say("seal.copied")
        place = table.titles.index(title)
        for row in table.rows:
            user = row[0].partition(" ")[0]
            copied = self.hospital.one(
                "select count(*) > 0 from events where patient_id = ? and user_id = ?"
                " and action in ('print', 'export') and business_date in (select business_date from dates)",
                self.seal.patient, user,
            )  # fmt: skip
            self.equal(" ".join(row), title, row[place], self.say("seal.yes") if copied else None)
        rows = [one | {"copied": KNOWN} for one in counted]  # type: ignore[attr-defined]
        super().rows(table, {**columns, title: "copied"}, rows)
