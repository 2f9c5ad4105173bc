"""Reads what is said of records under seal: each figure counted anew from the trail and the log."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from tests.sentences.policy_facts import Seal, sealed_counts, seals
from tests.sentences.screen_tables import Table
from tests.sentences.sheets import Sheet
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


WHAT_WAS_DONE: Final = """
select business_date, user_id, min(local_time), max(local_time),
    bool_or(action in ('create', 'update', 'delete')), bool_or(action = 'print'), bool_or(action = 'export'),
    bool_and(outcome = 'failure'), list(distinct category order by category) filter (category is not null)
from events
where patient_id = ? and action not in ('login', 'logout', 'other')
    and business_date in (select business_date from dates)
group by all order by 3, 2
"""


class SealedList(Sheet):
    """The list that is handed over: who opened the record, with names, counted anew from the rows of the log."""

    def __init__(self, hospital: Hospital, language: Language, seal: Seal) -> None:
        super().__init__(hospital, language, f"list of {seal.patient}", ("seal", "disclosure"))
        self.seal = seal
        self.judged = {
            row[:2]: row[2:]
            for row in hospital.all(
                "select business_date, user_id, account_type, state, explanation from patient_days"
                " where patient_id = ?",
                seal.patient,
            )
        }

    def all(self, document: Mapping[str, Any]) -> None:
        """Compare the tiles, the time under seal and every row."""
        rows = self.hospital.all(WHAT_WAS_DONE, self.seal.patient)
        counts = Counter(self._standing(*row[:2]) for row in rows)
        copied = sum((row[5] or row[6]) and not row[7] for row in rows)
        tiles = document["summary"][0]["tiles"]
        names = ("accounts", "days", "grounded", "usual", "no_ground", "system")
        labels = [*(self.say(f"disclosure.{name}") for name in names), self.say("seal.copied_days")]
        figures = [len({row[1] for row in rows}), len(rows), *(counts[name] for name in names[2:]), copied]
        shown = [(tile["label"], tile["value"]) for tile in tiles]
        self.equal("tiles", "tiles", shown, [(one, str(two)) for one, two in zip(labels, figures, strict=True)])
        tables = {
            block["id"]: block["rows"]
            for section in document["parts"][0]["sections"]
            for block in section["blocks"]
            if block["kind"] == "table"
        }
        held = {name: tables["seals"][0][name] for name in ("record", "since", "by", "note")}
        since = said_of(self.hospital, self.seal)["moment"]
        told = {"record": self.seal.patient, "since": since, "by": self.seal.officer, "note": self.seal.note}
        self.equal("seals", "row", held, told)
        self.equal("list", "rows", len(tables["disclosures-1"]), len(rows))
        for shown_row, row in zip(tables["disclosures-1"], rows, strict=False):
            self._row(shown_row, row)

    def _standing(self, day: dt.date, user: str) -> str:
        kind, state, explanation = self.judged[day, user]
        if kind != "human":
            return "system"
        if state != "explained":
            return "no_ground"
        return "usual" if explanation == "habit" else "grounded"

    def _row(self, shown: Mapping[str, Any], row: Sequence[Any]) -> None:
        day, user, first, last, wrote, printed, exported, refused, categories = row
        begin, end = f"{first:%Y-%m-%d %H:%M}", f"{last:%H:%M}"
        actions = [name for name, is_so in (("update", wrote), ("print", printed), ("export", exported)) if is_so]
        done = (
            self.say("disclosure.refused")
            if refused
            else self.say.words(self.say.name("action", one) for one in actions)
        )
        counted = {
            "when": begin if begin.endswith(end) else f"{begin}–{end}", "done": done, "unit": KNOWN,
            "what": self.say.words(self.say.name("category", one) for one in sorted(categories or ())),
            "who": shown["who"] if str(shown["who"]).split()[0] == user else user,
            "ground": KNOWN,
        }  # fmt: skip
        standing = self._standing(day, user)
        if standing != "grounded":
            counted["ground"] = self.say(f"disclosure.{standing}")
        elif shown["ground"] in {self.say(f"disclosure.{one}") for one in ("usual", "no_ground", "system")}:
            self.note(str(shown), "ground", shown["ground"], "a ground")
        self.cells(f"{day} {user}", shown, counted)
