"""One finding on one screen: who, what it looks like, why, since when, whose records, what speaks for the person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from types import ModuleType
from typing import Any, Final

from detector.cli.render.paint import Paint
from detector.cli.render.screen_table import ScreenColumn, table
from detector.cli.render.text import cells, pad, shown, wrap
from detector.cli.render.text_charts import bar, sparkline
from detector.cli.screens import method_screen
from detector.cli.screens.findings_screen import pattern_words, policy_words
from detector.model.relations import explanation_text
from detector.texts import Texts
from detector.texts.language import Language

LEGAL_MARKS: Final = (50, 250)
"""Legal marks, in patients: see ``show.marks`` in the texts."""
REASONS_SHOWN: Final = 3
PATIENTS_SHOWN: Final = 6
SHARE_WIDTH: Final = 13
SHORT_ID: Final = 6
BAR_WIDTH: Final = 8
WIDE: Final = 72
"""Cells from which on there is room for bars."""
DAYS_SHOWN: Final = 60

Detail = Mapping[str, Any]


class FindingScreen:
    """Turns one finding with its days and evidence into lines of at most ``width`` cells.

    ``finding`` is a finding of the contract; ``days`` are rows of ``business_date, accesses, patients,
    suspicious_accesses, suspicious_patients``; ``evidence`` are its events, most telling first; ``checks`` are
    sentences; ``opening`` is what stands before all of it.
    """

    def __init__(
        self,
        finding: Detail,
        days: Sequence[Detail],
        evidence: Sequence[Detail],
        checks: Sequence[str],
        *,
        texts: Texts,
        width: int = 80,
        paint: Paint | None = None,
        summary: str = "",
        case: Sequence[str] = (),
        account_now: str | None = None,
        reason_parts: Sequence[Sequence[Detail]] = (),
        opening: Sequence[str] = (),
    ) -> None:
        self.finding, self.days, self.evidence, self.checks = finding, days, evidence, checks
        self.texts, self.width, self.paint, self.summary = texts, width, paint or Paint(), summary
        self.case, self.account_now, self.reason_parts = case, account_now, reason_parts
        self.opening = opening

    def lines(self) -> list[str]:
        """Return the whole screen."""
        return [
            *self._head(),
            *self._reasons(),
            *self._exposure(),
            *self._timeline(),
            *self._patients(),
            *self._explained(),
            *self._margin(),
            *self._checks(),
            "",
            *self._more(),
        ]

    def timeline_table(self) -> list[str]:
        """Return one line a day: accesses, patients, the suspicious ones, and a bar of these."""
        say = self.texts
        top = max((day["suspicious_patients"] for day in self.days), default=0)
        rows = [
            {**day, "bar": bar(day["suspicious_patients"], top, 20), "day": f"{day['business_date']}"}
            for day in self.days
        ]
        columns = [
            ScreenColumn("day", say("show.day")),
            ScreenColumn("accesses", say("show.accesses"), align="right"),
            ScreenColumn("suspicious_accesses", say("show.suspicious_accesses"), align="right"),
            ScreenColumn("patients", say("show.day_patients"), align="right"),
            ScreenColumn("suspicious_patients", say("show.suspicious_patients"), align="right"),
            ScreenColumn("bar", ""),
        ]
        return table(columns, [{**row, "bar": row["bar"] or " "} for row in rows], width=self.width, paint=self.paint)

    def method_list(self) -> list[str]:
        """Return how the finding was rated; see :mod:`detector.cli.screens.method_screen`."""
        return method_screen.lines(self.finding, self.texts, self.width, self.paint)

    def events_list(self) -> list[str]:
        """Return the suspicious accesses' events with their place in the logs and their raw rows."""
        say = self.texts
        shown_count, count = len(self.evidence), max(len(self.finding["event_ids"]), len(self.evidence))
        lines = [self.paint(say("show.events", shown=shown_count, count=count), "bold")]
        for event in self.evidence:
            action = say.name("action", event["action"])
            category = say.name("category", event["category"]) if event["category"] else ""
            record = say("show.decoy", record=event["patient_id"]) if event.get("is_decoy") else event["patient_id"]
            head = f"{str(event['local_time'])[:19]}  {record or '-'}  {action} {category}".rstrip()
            lines.append("")
            relation = explanation_text(event["explanation"], say)
            if event["explanation"]:
                relation = say("events.relation") + say("list.colon") + relation  # found, and no ground by itself
            lines += wrap(shown(f"{head}  {relation}"), self.width, "  ")
            place = say("show.place", file=event["path"], row=event["row_number"], byte=event["byte_position"])
            lines += self._wrapped(f"{event['event_id']}  {place}", "  ")
            if event.get("raw"):
                lines += [self.paint(line, "dim") for line in self._wrapped(str(event["raw"]), "  ")]
        return lines

    def _head(self) -> Iterator[str]:
        finding, say = self.finding, self.texts
        title = say("show.title", finding=finding["finding_id"])
        alert = say("show.alert", date=finding["alerted_on"]) if finding["alert"] else say("show.listed")
        risk = say(
            "show.risk",
            risk=f"{finding['risk']:.0f}",
            severity=say.name("severity", finding["severity"]),
            status=say.name("finding_status", finding["status"]),
        )
        space = self.width - cells(title) - cells(alert)
        style = ("bold", "red") if finding["alert"] else ("dim",)
        gap = " " * space if space > 1 else "\n"
        yield from (self.paint(title, "bold") + gap + self.paint(alert, *style)).split("\n")
        for line in self.opening:  # before what was suspected: what became of it
            yield from self._wrapped(line, "  ", "bold")
        yield from self._wrapped(self._subject(), "", "bold")
        yield self.paint.severity(risk, str(finding["severity"]))
        looks = say("show.looks_like", patterns=pattern_words(finding, say))
        yield from self._wrapped(looks, "  ")
        if self.summary:
            yield from self._wrapped(self.summary, "")
        window = say(
            "show.window",
            start=finding["window_start"],
            end=finding["window_end"],
            detected=finding["detected_on"],
            seen=finding["last_seen_on"],
        )
        yield from self._wrapped(window, "  ")
        if finding["policies"]:
            yield from self._wrapped(say("show.policies", policies=policy_words(finding["policies"], say)), "  ")
        if self.account_now is not None:
            yield from self._wrapped(say("show.account_now", account=self.account_now), "  ")
        if finding["previous_finding_id"]:
            yield from self._wrapped(say("show.previous", finding=finding["previous_finding_id"]), "  ")
        if self.case:
            yield from self._wrapped(say("show.case", findings=say.words(self.case)), "  ")
        if finding["sampled"]:
            yield from self._wrapped(say("show.sampled"), "  ")
        yield from self._wrapped(say("show.lead"), "  ", "dim")

    def _subject(self) -> str:
        finding, say = self.finding, self.texts
        if finding["subject"] == "record":
            return say("show.about_record", patient=finding["patient_id"])
        if finding["subject"] == "source":
            return say("show.about_source", source=finding["source"])
        unknown = say("show.unknown")
        return say(
            "show.about_account",
            name=finding["user_name"] or unknown,
            user=finding["user_id"],
            department=finding["department"] or unknown,
            role=finding["role"] or unknown,
            type=say.name("account_type", finding["account_type"]),
        )

    def reasons_list(self) -> list[str]:
        """Return all reasons with their baselines, below each what it counts in other words."""
        return list(self._reasons(most=None))

    def _reasons(self, most: int | None = REASONS_SHOWN) -> Iterator[str]:
        say, reasons = self.texts, self.finding["reasons"]
        yield from self._heading("show.reasons")
        if not reasons:
            yield f"  {say('show.no_reasons')}"
        for rank, reason in enumerate(reasons[:most], start=1):
            share = _share_words(reason["contribution"], say.language)
            first, *others = wrap(shown(f"{rank}. {reason['text']}"), self.width - SHARE_WIDTH - 4, "   ")
            yield f"  {pad(first, self.width - SHARE_WIDTH - 3)} {pad(share, SHARE_WIDTH, 'right')}"
            yield from (f"  {line}" for line in others)
            yield from self._baselines(reason)
            for part in self.reason_parts[rank - 1] if most is None and self.reason_parts else ():
                yield from (f"     {line}" for line in wrap(shown(f"- {part['text']}"), self.width - 5, "  "))
                yield from self._baselines(part, indent=7)
        if most is not None and len(reasons) > most:
            count = len(reasons) - REASONS_SHOWN
            more = say("show.more_reasons", count=count, finding=str(self.finding["finding_id"])[:SHORT_ID])
            yield from (f"  {line}" for line in wrap(more, self.width - 2))

    def _baselines(self, reason: Detail, indent: int = 5) -> Iterator[str]:
        """Set a reason's figure beside what is usual, where anything is known of it."""
        if reason["own_baseline"] is None and reason["peer_baseline"] is None:
            return
        figures = {"value": "value", "own": "own_baseline", "peers": "peer_baseline"}
        known = [reason[key] for key in figures.values() if isinstance(reason[key], int | float)]
        top = max([*known, 0.0])
        told = {name: self._barred(reason[key], top) for name, key in figures.items()}
        lines = wrap(self.texts("show.baselines", **told), self.width - indent)
        yield from (self.paint(f"{' ' * indent}{line}", "dim") for line in lines)

    def _exposure(self) -> Iterator[str]:
        say, finding = self.texts, self.finding
        if finding["subject"] == "source":
            return
        yield from self._heading("show.exposure")
        patients = int(finding["patients"])
        count = _wording().exposure_text(finding, say.language)
        if finding["subject"] == "record":
            yield f"  {count}"
            return
        low, high = LEGAL_MARKS
        records, decoys = int(finding["records"]), int(finding.get("decoys") or 0)
        amount, unit = (records, "records") if records > patients + decoys else (patients, "patients")
        place = "below_50" if amount < low else "below_250" if amount < high else "above_250"
        yield from (f"  {line}" for line in wrap(count, self.width - 2))
        if not patients and records == decoys:  # nobody's: the marks of the law are about people
            return
        meter = _meter(amount, min(30, self.width // 3))
        mark = say(f"show.mark_{place}", unit=say(f"show.unit_{unit}"))
        yield from wrap(f"  {meter}  {mark}", self.width, "  ")
        if amount >= low // 2:
            yield from (self.paint(f"  {line}", "dim") for line in wrap(say("show.marks"), self.width - 2))

    def _timeline(self) -> Iterator[str]:
        if not self.days:
            return
        say = self.texts
        days = {_day(day["business_date"]): day for day in self.days}
        end = max(days)
        start = max(min(days), end - timedelta(days=min(DAYS_SHOWN, self.width - 34) - 1))
        span = [start + timedelta(days=offset) for offset in range((end - start).days + 1)]
        yield from self._heading("show.timeline", start=start, end=end)
        decoys = self.finding.get("decoys") or 0
        labels = {
            "suspicious_patients": say(_wording().suspicious_key(self.finding)),
            "patients": say("show.timeline_records" if decoys else "show.timeline_patients"),
        }
        if not self.finding["patients"] and not decoys:  # lists name none
            del labels["suspicious_patients"]
        width = max(map(cells, labels.values()))
        for key, label in labels.items():
            values = [int(days[day][key]) if day in days else 0 for day in span]
            most = say("show.most_records" if decoys else "show.most", count=max(values))
            yield f"  {pad(label, width)} {sparkline(values)}  {most}"

    def _patients(self) -> Iterator[str]:
        say = self.texts
        if self.finding["subject"] != "account":
            return
        for kind, is_decoy in (("patients", False), ("decoys", True)):
            minutes = {
                (str(event["patient_id"]), str(event["local_time"])[:16]): None
                for event in self.evidence
                if event["patient_id"] and bool(event.get("is_decoy")) == is_decoy
            }
            seen = Counter(patient for patient, _ in minutes)  # in the order of the events, the most telling first
            if not seen:
                continue
            yield from self._heading(f"show.{kind}", count=f"{self.finding[kind]:,}")
            numbers = [f"{one} ×{count}" if count > 1 else one for one, count in list(seen.items())[:PATIENTS_SHOWN]]
            text = "  ".join(shown(number).replace(" ", "\u00a0") for number in numbers)
            yield from (f"  {line}".replace("\u00a0", " ") for line in wrap(text, self.width - 2))
            rest = int(self.finding[kind]) - len(numbers)
            if rest > 0:
                yield f"  {say(f'show.{kind}_more', count=f'{rest:,}')}"

    def _explained(self) -> Iterator[str]:
        say, explained = self.texts, self.finding["explained"]
        yield from self._heading("show.explained")
        shares = [one for one in explained if one.get("share") is not None]
        for one in shares:
            yield from self._item(say("show.explained_share", share=f"{one['share']:.0%}", text=one["text"]))
        if shares:
            yield from (self.paint(f"  {line}", "dim") for line in wrap(say("show.explained_base"), self.width - 2))
        for one in explained:
            if one.get("share") is None:
                yield from self._item(one["text"])
        if not explained:
            yield from self._item(say("show.not_explained"))

    def _margin(self) -> Iterator[str]:
        told = list(_wording().margin_texts(self.finding, self.texts.language))
        if told:
            yield from self._heading("show.margin")
            for text in told:
                yield from self._item(text)

    def _checks(self) -> Iterator[str]:
        if self.checks:
            yield from self._heading("show.checks")
            for check in self.checks:
                yield from self._item(check)

    def _more(self) -> list[str]:
        finding, key = self.finding, {"record": "show.details_record", "source": "show.details_source"}
        text = self.texts(
            key.get(finding["subject"], "show.details"),
            finding=finding["finding_id"],
            user=finding["user_id"],
            patient=finding["patient_id"],
        )
        return self._wrapped(text, "  ", "dim")

    def _heading(self, key: str, **values: object) -> Iterator[str]:
        yield ""
        yield self.paint(self.texts(key, **values), "bold", "cyan")

    def _item(self, text: str) -> Iterator[str]:
        yield from (f"  {line}" for line in wrap(shown(f"- {text}"), self.width - 2, "  "))

    def _wrapped(self, text: str, indent: str, *styles: str) -> list[str]:
        return [self.paint(line, *styles) for line in wrap(shown(text), self.width, indent)]

    def _barred(self, value: float | str | None, top: float) -> str:
        """Return a figure behind a bar that is as long as its share of the largest of the row."""
        width = BAR_WIDTH if self.width >= WIDE else 0
        drawn = bar(value, top, width) if isinstance(value, int | float) and width else ""
        return f"{drawn} {self._number(value)}".lstrip()

    def _number(self, value: float | str | None) -> str:
        if value is None:
            return self.texts("show.unknown")
        if isinstance(value, str):
            return shown(value)
        return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}".rstrip("0").rstrip(".")


def _share_words(share: float, language: Language) -> str:
    """Return a share in words; their module loads more than help texts need."""
    from detector.findings.told_reasons import share_words

    return share_words(share, language)


def _wording() -> ModuleType:
    """Return the sentences about findings, whose module loads more than help texts need."""
    from detector.findings import wording

    return wording


def _meter(patients: int, width: int) -> str:
    """Return a line from 0 to past the higher mark, with both marks and the share filled that is reached."""
    top = LEGAL_MARKS[1] * 1.2
    filled = min(width, round(patients / top * width)) or int(patients > 0)
    marks = {round(mark / top * width) for mark in LEGAL_MARKS}
    return "".join("┊" if place in marks else "█" if place < filled else "─" for place in range(width))


def _day(value: date | str) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)
