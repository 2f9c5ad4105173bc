"""Reads whole pages: every line by its texts, every figure against what was counted; what is wrong comes back."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from detector.detection.features import BY_ID
from detector.texts.language import Language
from tests.sentences.expected import KNOWN, Place, expectation, right
from tests.sentences.hospital import FindingFigures, Hospital
from tests.sentences.pages import pieces, texts
from tests.sentences.reader import Reader, Unexplained

RANKED = re.compile(r"(?P<rank>\d+)\. (?P<text>.*\S)\s{2,}(?P<share>\S.*)")
NUMBERED = re.compile(r"\d+\. (?P<text>.*)")
CHART = "[▁▂▃▄▅▆▇█·]{2,}"
DAYS = "[▁▂▃▄▅▆▇█·]+"
PATIENT_TIMES = re.compile(r"(?P<patient>\S+) [×x](?P<times>\d+)")


@dataclass(frozen=True)
class Wrong:
    """A figure that is not what was counted, or that nothing explains."""

    finding: str
    page: str
    sentence: str
    figure: str
    shown: str
    counted: str

    def __str__(self) -> str:
        return f"{self.finding} {self.page}: {self.figure} is {self.shown}, counted {self.counted} | {self.sentence}"


class Page:
    """One page about one finding; collects what is wrong, and every figure by name."""

    def __init__(self, figures: FindingFigures, name: str) -> None:
        language = figures.language
        self.reader = reader_of(figures.hospital, language, SECTIONS.get(name))
        self.language, self.row, self.name = language, figures.row, name
        self.figures = figures
        self.wrong: list[Wrong] = []
        self.seen: dict[str, set[str]] = {}
        self.patients_named = 0

    def note(self, sentence: str, figure: str, shown: object, counted: object) -> None:
        """Keep a figure that is wrong."""
        where = f"{self.name} ({self.language})"
        self.wrong.append(Wrong(self.row["finding_id"], where, sentence, figure, str(shown), str(counted)))

    def sentence(self, text: str, row: str = "", subject: Mapping[str, Any] | None = None) -> None:
        """Read one text and count its figures anew."""
        try:
            found = self.reader.read(text)
        except Unexplained:
            self.note(text, "?", "a figure", "no text explains it")
            return
        for told in found:
            if self.name == "report" and told.value in self.figures.hospital.numbers:
                self.note(text, told.name, told.value, "a pseudonym: reports name no record")
            expect = expectation(told.name)
            if expect is None:
                self.note(text, told.name, told.value, "nothing says what it counts (tests/sentences/expected.py)")
                continue
            counted = expect(Place(self.figures, told, row, subject or {}))
            self.seen.setdefault(told.name, set()).add(told.value)
            if counted is not KNOWN and not right(counted, told.value):
                self.note(text, told.name, told.value, counted)

    def screen(self, lines: Iterable[str]) -> None:
        """Read the screen of ``show``."""
        lines = list(lines)
        if self.name == "show":
            self.spoken(lines)
        reason: Mapping[str, Any] = {}
        keys = ("suspicious", "decoys", "both", "patients", "records")
        labels = {self.reader.say(key): key for key in (f"show.timeline_{one}" for one in keys)}
        for line in lines:
            text = line.strip()
            if ranked := RANKED.fullmatch(text):
                reason = self.reason_of(ranked["text"])
                self._share(text, ranked["share"])
                self._compared(ranked["text"], reason)
                self.sentence(ranked["text"], subject=reason)
                continue
            row = next(
                (key for label, key in labels.items() if re.match(f"{re.escape(label)} +{DAYS}(?: |$)", text)), ""
            )
            parts = pieces(re.sub(f" {DAYS}( |$)", "  ", text) if row else text)
            for part in parts:
                if named := PATIENT_TIMES.fullmatch(part):
                    self._times(part, named["patient"], int(named["times"]))
                elif part in self.figures.numbers:
                    self.patients_named += part not in self.figures.hospital.decoys
                else:
                    if self.name == "reasons" and part.startswith("- "):  # what a reason counts in other words
                        reason = self.reason_of(part.removeprefix("- "))
                        self._compared(part, reason)
                    self.sentence(part.removeprefix("- ").removeprefix("! "), row, reason)
        self._patients_more()

    def card(self, card: Mapping[str, Any]) -> None:
        """Read a report's card: its texts, and the table of its reasons beside the finding's own."""
        self.spoken(texts(card))
        told = {row["text"] for block in card["blocks"] for row in block.get("rows", ()) if "text" in row}
        for block in card["blocks"]:
            for text in texts(block):
                if text not in told:
                    self.sentence(text)
            if block.get("kind") == "chart":
                self._chart(block)
            rows = block.get("rows", ()) if str(block.get("id", "")).startswith("reasons") else ()
            for row in rows:
                hidden = "P-" in row["text"]  # a pseudonym in the number's place
                reason = {} if hidden else self.reason_of(row["text"])
                self.sentence(row["text"], subject=reason)
                if reason:
                    for name, known in (("value", "value"), ("own", "own_baseline"), ("peers", "peer_baseline")):
                        shown, value = row.get(name), reason[known]
                        if name == "value" and not is_counted(reason):
                            value = None
                        if (shown is None) != (value is None) or (shown is not None and abs(shown - value) > 0.0051):
                            self.note(row["text"], f"card.{name}", shown, value)

    def _chart(self, chart: Mapping[str, Any]) -> None:
        """Compare a card's chart with the days counted, or with the reasons beside it."""
        values = [one["values"] for one in chart["series"]]
        name = str(chart["id"]).partition("-")[0]
        for place, label in enumerate(chart["labels"]):
            if name == "days":
                day = self.figures.days.get(dt.date.fromisoformat(label), (0, 0, 0, 0))
                self.same(
                    f"{chart['title']} {label}", "card.days", (values[0][place], values[1][place]), (day[1], day[3])
                )
            elif name != "compare":
                self.note(label, f"card.{name}", values[0][place], "nobody reads this chart")

    def same(self, sentence: str, figure: str, shown: object, counted: object) -> None:
        """Compare a figure that stands in no text."""
        if str(shown) != str(counted):
            self.note(sentence, figure, shown, counted)

    def _times(self, sentence: str, patient: str, times: int) -> None:
        """A record's number of times: the finding's events, or its accesses, of that record."""
        access = "action not in ('login', 'logout', 'other')"
        of_patient = f"patient_id = '{patient}'"
        counts = {
            self.figures.count("count(*)", of_patient),
            self.figures.count("count(distinct date_trunc('minute', local_time))", f"{of_patient} and {access}"),
        }
        self.patients_named += patient not in self.figures.hospital.decoys
        if times not in counts:
            self.note(sentence, "show.patients ×", times, sorted(counts))

    def reason_of(self, text: str) -> Mapping[str, Any]:
        """The reason that a sentence tells: others that share its patients may be half-sentences behind it."""
        if text in self.reader.phrases:  # what a policy asks, where its sentence may name people
            return {}
        told = [one for one in self.row["reasons"] if text.startswith(one["text"].rstrip(".。"))]
        if not told:
            self.note(text, "reason", text, "none of the finding's reasons")
        return max(told, key=lambda one: len(one["text"]), default={})

    def _share(self, sentence: str, shown: str) -> None:
        """The share of the evidence is told in words."""
        words = {text for key, text in self.reader.say.entries.items() if key.startswith("evidence_share.")}
        if shown not in words:
            self.note(sentence, "reason.share", shown, sorted(words))

    def _compared(self, sentence: str, reason: Mapping[str, Any]) -> None:
        """Whatever a reason does not exceed is said: what the person did before, and what peers do."""
        known = self.figures.feature_usual(str(reason.get("feature"))) or (
            reason.get("own_baseline"), reason.get("peer_baseline"),
        )  # fmt: skip
        names = [
            name for name, usual in zip(("own", "peers"), known, strict=True)
            if usual is not None and round(reason["value"], 2) <= round(usual, 2)
        ]  # fmt: skip
        say = self.reader.say
        told = {key: say(f"reason.no_more_{key}", text="") for key in ("own_peers", "own", "peers")}
        if reason.get("feature") == "distinct_viewers":
            names = []
        shown = next((key for key, words in told.items() if words in reason.get("text", "")), "")
        self.same(sentence, "reason.no_more", shown, "_".join(names))
        for name in names if self.name == "show" else ():  # others are within those that it shows
            feature = BY_ID[reason["feature"]].text[self.language]
            words = say(f"explained.no_more_{name}", features="")
            spoken = [one["text"] for one in self.row["explained"] if one["text"].startswith(words)]
            self.same(sentence, f"explained.no_more_{name}", any(feature in text for text in spoken), True)

    def spoken(self, told: Iterable[str]) -> None:
        """All that speaks for the person stands on a page; reports put a pseudonym in the place of a record number."""
        whole = "\n".join(told)
        for one in self.row["explained"]:
            is_named = any(number in one["text"] for number in self.figures.numbers)
            if not is_named and one["text"] not in whole:
                self.note(one["text"], "explained", "left out", "what speaks for the person is always shown")

    def _patients_more(self) -> None:
        for count in self.seen.get("show.patients_more.count", ()):
            known = self.figures.patients if self.figures.names_all else int(self.row["patients"])
            rest = known - self.patients_named
            self.same("", "show.patients_more.count", count.replace(",", ""), rest)


SENTENCES = ("reason", "explained")
SECTIONS = {
    "show": ("show", *SENTENCES),
    "reasons": ("show", *SENTENCES),
    "method": ("show",),
    "events": ("show", "explanation"),
    "letter": ("inquiry",),
    "message": ("notice", *SENTENCES),
    "cef": ("notice", *SENTENCES),
    "report": ("report", "show", *SENTENCES),
    "evidence": ("evidence", "report", "show", *SENTENCES),
}
"""Page → the sections of the catalogue that it is written with."""


def is_counted(reason: Mapping[str, Any]) -> bool:
    """Whether a reason has a figure a day: a policy's sentence says how much, a rare day has none."""
    return not str(reason["feature"]).startswith("policy:") and reason["feature"] != "unusual_days"


def reader_of(hospital: Hospital, language: Language, sections: tuple[str, ...] | None) -> Reader:
    """Return the reader of a hospital's pages."""
    key = (language, sections)
    if key not in hospital.readers:
        hospital.readers[key] = Reader(language, hospital.names, sections=sections)
    return hospital.readers[key]


def disagreements(pages: Sequence[Page]) -> Iterator[str]:
    """Yield the figures that two pages about one finding give differently."""
    seen: dict[str, dict[str, str]] = {}
    for page in pages:
        for name, shown in page.seen.items():
            if name in ONCE:
                for value in shown:
                    seen.setdefault(name, {}).setdefault(value.replace(",", ""), page.name)
    for name, values in seen.items():
        if len(values) > 1:
            yield f"{name}: {values}"


ONCE = (
    "show.alert.date", "show.risk.risk", "show.window.start", "show.window.end", "show.exposure_line.patients",
    "show.exposure_line.records", "show.exposure_line.accesses", "report.card_state.risk",
)  # fmt: skip
"""Figures that a finding has once, wherever they stand."""
