"""Reads a whole report beside its cards: paragraphs, items, tiles, tables and charts, each figure counted anew.

A paragraph, a tile, a column or a chart that is not known here is a failure.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from detector.detection.streams import STREAMS
from tests.sentences.data_figures import covered, quarantined, usual_events
from tests.sentences.expected import KNOWN, right
from tests.sentences.exposure_figures import ExposureFigures
from tests.sentences.hospital import GROUNDS, Hospital
from tests.sentences.policy_facts import sealed_counts, seals
from tests.sentences.sheets import Counted, Sheet
from tests.sentences.spread_figures import Spread
from tests.sentences.sums import Report

SECTIONS: Final = ("report", "visible", "show", "context_table", "reach")
PEOPLE: Final = "account_type = 'human'"


class ReportSheet(Sheet):
    """One report with the findings that it names."""

    def __init__(self, report: Report, findings: Sequence[Mapping[str, Any]], more: Sequence[str] = ()) -> None:
        super().__init__(report.hospital, report.say.language, report.document["title"], (*SECTIONS, *more))
        self.report, self.findings = report, {one["finding_id"]: one for one in findings}
        self.first, self.last = report.span

    def read(self) -> None:
        """Read all of it."""
        document, words = self.report.document, self.counted
        span = [document["subtitle"]] if self.first != self.last else []
        for text in (document["title"], *span, *document["footer"]):
            self.sentence(text, words)
        for block in [*document["summary"], *document["parts"]]:
            self._block(block)

    def _block(self, block: Mapping[str, Any]) -> None:
        kind = block.get("kind")
        if kind == "card":
            return  # read with its finding
        for name in ("title", "reader", "text", "note", "empty"):
            if isinstance(block.get(name), str):
                self.sentence(block[name], self.counted)
        for item in block.get("items", ()) if kind == "items" else ():
            self.sentence(item, self.counted)
        for tile in block.get("tiles", ()):
            self._tile(tile)
        if kind == "table":
            self._table(block)
        elif kind == "chart":
            self._chart(block)
        elif kind not in {None, "items", "tiles", "paragraph"}:
            self.note("", f"block {kind}", "", "nobody reads it")
        for one in [*block.get("sections", ()), *block.get("blocks", ())]:
            self._block(one)

    # what was counted

    @cached_property
    def accesses(self) -> tuple[int, int, int]:
        """Accesses, accounts and patients of the period."""
        return self._accesses(self.first, self.last)

    def _accesses(self, first: dt.date, last: dt.date) -> tuple[int, int, int]:
        rows = self.hospital.all(
            "select coalesce(sum(accesses), 0)::bigint, count(distinct user_id), count(distinct patient_id) from logged"
            " where business_date between ? and ?",
            first, last,
        )  # fmt: skip
        accesses, accounts, patients = rows[0]
        return int(accesses), int(accounts), int(patients)

    @property
    def before(self) -> tuple[dt.date, dt.date]:
        """The period of the same length before; of a month, the same days of the month before, or all of it."""
        end, day = self.first - dt.timedelta(days=1), dt.timedelta(days=1)
        if self.report.document["title"] != self.say("report.title_month"):
            return end - (self.last - self.first), end
        whole = (self.last + day).month != self.last.month
        return end.replace(day=1), end if whole else end.replace(day=min(self.last.day, end.day))

    def alerts(self, first: dt.date, last: dt.date) -> list[Mapping[str, Any]]:
        """Return the alerts that were raised in a period."""
        return [one for one in self.findings.values() if one["alert"] and str(first) <= one["alerted_on"] <= str(last)]

    @property
    def waiting(self) -> list[Mapping[str, Any]]:
        """Alerts that nobody has decided on."""
        return [one for one in self.findings.values() if one["alert"] and one["status"] == "open"]

    def _shares(self, first: dt.date, last: dt.date, where: str = "true", *values: object) -> dict[str, float]:
        """Count the patient-days of people, and shares of them: with a ground, only usual, without either."""
        rows = self.hospital.all(
            "select explanation, state, sensitive, business_date >= ?, count(*) from patient_days"
            f" where {PEOPLE} and business_date between ? and ? and {where} group by all",
            self.hospital.judged_from, first, last, *values,
        )  # fmt: skip
        found = dict.fromkeys(("all", "judged", "ground", "usual", "suspicious", "judged_suspicious", "sensitive"), 0)
        for explanation, state, sensitive, judged, count in rows:
            grounded = state == "explained" and explanation in GROUNDS
            found["all"] += count
            found["judged"] += count * judged
            found["ground"] += count * (judged and grounded)
            found["usual"] += count * (judged and state == "explained" and explanation == "habit")
            found["suspicious"] += count * (state == "suspicious")
            found["judged_suspicious"] += count * (judged and state == "suspicious")
            found["sensitive"] += count * (judged and sensitive and not grounded)
        return {**found} | {
            f"{name}_share": found[name] / found["judged"] if found["judged"] else math.nan
            for name in ("ground", "usual")
        }

    @cached_property
    def shares(self) -> dict[str, float]:
        """Those of the period."""
        return self._shares(self.first, self.last)

    @cached_property
    def counted(self) -> Counted:
        """Every figure of the texts."""
        hospital, new, waiting = self.hospital, self.alerts(self.first, self.last), self.waiting
        accesses, accounts, patients = self.accesses
        ids = {one["finding_id"] for one in new}
        waiting_new = sum(one["finding_id"] in ids for one in waiting)
        decided = self._decided()
        settled = sum(one["alert"] for one in decided)
        rows = self.report.table("departments")
        unnamed, operations = self._unnamed()
        people = self._people(self.first, self.last)
        active = self._people(self.last - dt.timedelta(days=27), self.last, everybody=True)
        weekly = hospital.settings.get("alerting", {}).get("budget", 2.0) * active / 1000
        return (
            visible(hospital, self.first, self.last)
            | self.exposure.words
            | self.spread.figures()
            | {
                "report.span.first": {str(self.first), str(max(self.first, hospital.first))},
                "report.span.last": str(self.last),
                "report.headline_new.count": len(new),
                "report.headline_waiting.count": len(waiting),
                "report.do_decide.count": len(waiting),
                "report.do_decide.finding": waiting[0]["finding_id"] if waiting else "",
                "report.tile_waiting_note.new": waiting_new,
                "report.tile_waiting_note.before": len(waiting) - waiting_new,
                "report.tile_decided_below.count": len(decided) - settled,
                "report.tile_checked_note.accounts": accounts,
                "report.tile_checked_note.patients": patients,
                "report.tile_share_note.usual": self.shares["usual_share"] * 100,
                "report.management_reader.k": 5,
                "report.suppressed.k": 5,
                "report.too_few.k": 5,
                "report.management_verdict.new": len(new),
                "report.management_verdict.waiting": len(waiting),
                "report.management_verdict.before": len(waiting) - waiting_new,
                "report.management_verdict.settled": settled,
                "report.accounts_note.people": people,
                "report.accounts_note.others": accounts - people,
                "report.units_total.accounts": accounts,
                "report.units_total.accesses": accesses,
                "report.units_total.patient_days": sum(row.get("patient_days") or 0 for row in rows),
                "report.complete.sources": len(hospital.settings["source"]),
                "report.complete.days": self._days(),
                "report.incomplete.count": len(self.report.table("gaps")),
                "report.hour_gaps.count": self._hour_gaps(),
                "report.unseen_patient.count": unnamed,
                "report.unseen_patient.share": unnamed / operations * 100 if operations else 0.0,
                "report.budget_note.budget": hospital.settings.get("alerting", {}).get("budget", 2.0),
                "report.budget_note.accounts": active,
                "report.budget_weekly.count": float(weekly),
                "report.budget_weeks.weeks": 1.0 / weekly if weekly else None,
                "report.calibration.date": self._calibrated()[0],
                "report.unjudged.first": str(max(self.first, hospital.first)),
                "report.unjudged.last": str(min(self.last, hospital.judged_from - dt.timedelta(days=1))),
                "report.trend_description.*": lambda told: self._trend(told.name.rpartition(".")[2]),
                "report.footer_state.through": hospital.night,
                "report.footer_state.version": KNOWN,
                "report.footer_state.configuration": KNOWN,
                "report.footer_head.head": KNOWN,
                "report.days_to_decide.days": KNOWN,
            }
        )

    @cached_property
    def spread(self) -> Spread:
        """How alerts that were not confirmed are spread."""
        return Spread(self.hospital, self.last, self.findings.values(), self.say)

    def _decided(self) -> list[Mapping[str, Any]]:
        rows = self.hospital.all("select distinct finding_id from decisions")
        return [self.findings[row[0]] for row in rows if self.findings[row[0]]["status"] != "open"]

    def _hour_gaps(self) -> int:
        found = self.hospital.one(
            "select count(distinct (business_date, source)) from policy_days"
            " where policy_id = 'log-gap' and business_date between ? and ?", self.first, self.last,
        )  # fmt: skip
        return int(found)

    def _days(self) -> int:
        return int(
            self.hospital.one("select count(*) from dates where business_date between ? and ?", self.first, self.last)
        )

    def _people(self, first: dt.date, last: dt.date, *, everybody: bool = False) -> int:
        only = "true" if everybody else PEOPLE
        return int(
            self.hospital.one(
                f"select count(distinct user_id) from patient_days where {only} and business_date between ? and ?",
                first, last,
            )
        )  # fmt: skip

    def _unnamed(self) -> tuple[int, int]:
        rows = self.hospital.all(
            "select count(*) filter (patient_id is null and action not in ('login', 'logout', 'other')), count(*)"
            " from events"
            " where business_date in (select business_date from dates) and business_date between ? and ?",
            self.first, self.last,
        )  # fmt: skip
        return rows[0][0], rows[0][1]

    def _calibrated(self) -> tuple[dt.date | None, Mapping[str, float]]:
        rows = self.hospital.all(
            "select business_date, thresholds from dates where business_date <= ? and thresholds is not null"
            " order by business_date desc limit 1",
            self.last,
        )
        return (rows[0][0], json.loads(rows[0][1])) if rows else (None, {})

    def _weeks(self) -> list[tuple[dt.date, int, float]]:
        """Return the whole weeks after learning: last date, new alerts, share of patient-days with a ground."""
        learning = self.hospital.settings.get("alerting", {}).get("learning_days", 14)
        learned = self.hospital.first + dt.timedelta(days=learning)
        found = []
        for number in range(11, -1, -1):
            last = self.last - dt.timedelta(days=7 * number)
            first = last - dt.timedelta(days=6)
            if first >= learned:
                found.append((last, len(self.alerts(first, last)), self._shares(first, last)["ground_share"]))
        return found

    def _trend(self, name: str) -> object:
        weeks = self._weeks()
        if not weeks:
            return None
        return {"weeks": len(weeks), "first": weeks[0][2] * 100, "last": weeks[-1][2] * 100}[name]

    # tiles

    def _tile(self, tile: Mapping[str, Any]) -> None:
        expected = {self.say(key): value for key, value in self._tiles().items()}
        label = tile["label"]
        if label not in expected:
            self.note(label, "tile", tile["value"], "nothing says what this tile counts")
            return
        value, before = expected[label]
        where = f"tile {label}"
        shown = str(tile["value"])
        if callable(value):
            value(shown)
        elif not (shown == "–" and isinstance(value, float) and math.isnan(value)) and not right(value, shown):
            self.note(where, "value", shown, value)
        self.sentence(tile["note"], {**self.counted, "report.before.value": before})

    def _tiles(self) -> Mapping[str, tuple[Any, Any]]:
        """Label → its value and that of the period before."""
        new, by = self.alerts(self.first, self.last), "alerted_by"
        was, earlier = self._shares(*self.before), self._accesses(*self.before)
        ranked = sum("ranking" in one[by] for one in new)
        drawn = sum("draw" in one[by] and "ranking" not in one[by] for one in new)
        return {
            "report.tile_waiting": (len(self.waiting), None),
            "report.tile_new": (len(new), len(self.alerts(*self.before))),
            "report.tile_decided": (sum(one["alert"] for one in self._decided()), None),
            "report.tile_checked": (self.accesses[0], earlier[0]),
            "report.accesses": (self.accesses[0], earlier[0]),
            "report.accounts": (self.accesses[1], None),
            "report.explained_share": (self.shares["ground_share"] * 100, was["ground_share"] * 100),
            "report.unexplained_sensitive": (self.shares["sensitive"], was["sensitive"]),
            "report.budget_allowed": (lambda shown: self.sentence(shown, self.counted), None),
            "report.budget_ranked": (ranked, None),
            "report.budget_policies": (len(new) - ranked - drawn, None),
            "report.budget_drawn": (drawn, None),
        }

    # tables

    def _table(self, table: Mapping[str, Any]) -> None:
        name = str(table["id"])
        reader = self._readers().get(name)
        if reader is None:
            self.note(name, "table", "", "nobody reads it")
            return
        keys = [column["key"] for column in table["columns"]]
        for row in table["rows"]:
            self.cells(f"table {name}", {key: row.get(key) for key in keys}, reader(row))

    def _readers(self) -> Mapping[str, Callable[[Mapping[str, Any]], Counted]]:
        return {
            **dict.fromkeys(("waiting", "listed", "escalated_before"), self._finding_row),
            "decided": self._decided_row,
            "outcome": self._outcome_row,
            "departments": lambda row: self._unit_row("department", row),
            "roles": lambda row: self._unit_row("role", row),
            "gaps": self._gap_row,
            "files": self._file_row,
            "quarantine": self._quarantine_row,
            "unknown-values": lambda row: dict.fromkeys(row, KNOWN),
            "context": self._context_row,
            "measured": self._measured_row,
            "calibration": self._calibration_row,
            "sealed": self._sealed_row,
            **dict.fromkeys(
                ("exposure-departments-pages", "exposure-departments-lists"),
                lambda row: self._exposed_row("department", row),
            ),
            **dict.fromkeys(
                ("exposure-roles-pages", "exposure-roles-lists"), lambda row: self._exposed_row("role", row)
            ),
            "unneeded": self.exposure.unneeded_row,
            "controls": self.exposure.control,
            "spread": self.spread.row,
        }

    @cached_property
    def exposure(self) -> ExposureFigures:
        """What people reached in the period."""
        return ExposureFigures(self.hospital, self.first, self.last, self.say)

    def _exposed_row(self, column: str, row: Mapping[str, Any]) -> Counted:
        return self.exposure.unit(column, row, self.report.table(f"exposure-{column}s-pages"))

    def _finding_row(self, row: Mapping[str, Any]) -> Counted:
        one = self.findings[row["finding"]]
        since = dt.date.fromisoformat(one["alerted_on"] or one["detected_on"])
        return {
            "finding": one["finding_id"], "severity_name": self.say.name("severity", one["severity"]),
            "risk": float(round(one["risk"])), "department": one["department"], "records": one["records"],
            "since": since, "days": (self.last - since).days, "pattern": KNOWN,
            "who": " ".join(filter(None, (one["user_id"], one["user_name"]))) if one["user_id"] else KNOWN,
        }  # fmt: skip

    def _sealed_row(self, row: Mapping[str, Any]) -> Counted:
        """Count what was opened under a seal of the period; its record stands there as a token."""
        zone = ZoneInfo(self.hospital.settings["site"]["timezone"])
        seal = next(
            one for one in seals(self.hospital)
            if f"{one.starts_at.astimezone(zone):%Y-%m-%d %H:%M}" == row["since"]
        )  # fmt: skip
        return sealed_counts(self.hospital, seal, self.first, self.last) | {
            "record": KNOWN, "since": row["since"], "end": self.say("seal.open_end"),
        }  # fmt: skip

    def _decided_row(self, row: Mapping[str, Any]) -> Counted:
        known = self.hospital.all(
            "select decided_at::date, disposition, officer, note from decisions where finding_id = ?", row["finding"]
        )
        return {
            "finding": row["finding"], "decided": {str(one[0]) for one in known} | {row["decided"]},
            "disposition": {self.say.name("finding_status", one[1]) for one in known},
            "officer": {one[2] for one in known}, "note": {one[3] for one in known},
        }  # fmt: skip

    def _outcome_row(self, row: Mapping[str, Any]) -> Counted:
        new = self.alerts(self.first, self.last)
        other = self.say("report.other_units")
        named = {one["unit"] for one in self.report.table("outcome")} - {other}
        unknown = self.say("show.unknown")
        of_unit = [
            one for one in new
            if (unit := one["department"] or unknown) == row["unit"] or (row["unit"] == other and unit not in named)
        ]  # fmt: skip
        states = ("open", "confirmed", "escalated", "justified", "false_alarm")
        counts = {state: sum(one["status"] == state for one in of_unit) for state in states}
        return {"unit": row["unit"], "alerts": len(of_unit), **counts}

    def _unit_row(self, column: str, row: Mapping[str, Any]) -> Counted:
        """Count a unit's work; of small units together, what the others leave."""
        homes = (
            f"user_id in (select user_id from (select user_id, last(coalesce({column}, '') order by business_date,"
            f" {column}) as home, last(account_type order by business_date, account_type) as kind from patient_days"
            " where business_date between ? and ? group by user_id) where {})"
        )
        table = self.report.table(f"{column}s")
        machines = self.say("report.machines")
        named = [one["unit"] for one in table if one["unit"] in self._units(column)]
        unknown = self.say("show.unknown")
        if row["unit"] == machines:
            where, values = homes.format("kind <> 'human'"), (self.first, self.last)
        elif row["unit"] in named:
            home = "" if row["unit"] == unknown else row["unit"]
            where, values = homes.format("kind = 'human' and home = ?"), (self.first, self.last, home)
        else:
            where = homes.format("kind = 'human' and not list_contains(?, home)")
            values = (self.first, self.last, ["" if one == unknown else one for one in named])
        rows = self.hospital.all(
            f"select count(distinct user_id), coalesce(sum(accesses), 0)::bigint from logged where {where}"
            " and business_date between ? and ?",
            *values, self.first, self.last,
        )  # fmt: skip
        shares = self._shares(self.first, self.last, where, *values)
        people = row["unit"] != machines
        if not people:
            nothing = dict.fromkeys(("patient_days", "explained", "usual", "change", "suspicious", "sensitive"))
            return nothing | {"unit": row["unit"], "accounts": rows[0][0], "accesses": rows[0][1]}
        hidden = len(self._units(column)) - len(named)
        unit = row["unit"] if row["unit"] in named else self.say("report.others", count=hidden)
        return {
            "unit": unit, "accounts": rows[0][0], "accesses": rows[0][1], "patient_days": shares["all"],
            "explained": _known(shares["ground_share"]), "usual": _known(shares["usual_share"]),
            "change": KNOWN, "suspicious": shares["suspicious"], "sensitive": shares["sensitive"],
        }  # fmt: skip

    def _units(self, column: str) -> set[str]:
        rows = self.hospital.all(
            f"select user_id, last(coalesce({column}, '') order by business_date, {column}) from patient_days"
            f" where {PEOPLE} and business_date between ? and ? group by user_id",
            self.first, self.last,
        )  # fmt: skip
        return {row[1] or self.say("show.unknown") for row in rows}

    def _gap_row(self, row: Mapping[str, Any]) -> Counted:
        count = self.hospital.one(
            "select count(*) from events where source = ? and business_date = ?", row["source"], row["day"]
        )
        usual = usual_events(self.hospital, row["source"], dt.date.fromisoformat(str(row["day"])))
        return {"source": row["source"], "day": row["day"], "events": count, "usual": usual}

    def _quarantine_row(self, row: Mapping[str, Any]) -> Counted:
        told = {
            (source, self.say.message(reason)): count
            for (source, reason), count in quarantined(self.hospital, self.first, self.last).items()
        }
        self.equal("table quarantine", "reasons", len(self.report.table("quarantine")), len(told))
        return {**row, "rows": told.get((row["source"], row["reason"]), 0)}

    def _file_row(self, row: Mapping[str, Any]) -> Counted:
        """Count a source's files and rows from the files themselves."""
        source = next(one for one in self.hospital.settings["source"] if one["name"] == row["source"])
        spans = self.hospital.all(
            "select any_value(path), file_id, count(*) from events join files using (file_id) where events.source = ?"
            " group by file_id having min(business_date) <= ? and max(business_date) >= ?",
            row["source"], self.last, self.first,
        )  # fmt: skip
        paths = [Path(one[0]) for one in spans if Path(one[0]).is_file()]
        if len(paths) != len(spans):  # the folder was moved
            return dict.fromkeys(row, KNOWN)
        read = sum(self._rows(path, source.get("encoding", "utf-8")) for path in paths)
        accepted = sum(one[2] for one in spans)
        quarantined = self.hospital.one(
            "select count(*) from quarantine where list_contains(?, file_id)", [one[1] for one in spans]
        )
        problems = self.hospital.one("select count(*) from file_problems where source = ?", row["source"])
        return {
            "source": row["source"], "files": len(paths), "rows_read": read, "accepted": accepted,
            "duplicates": read - accepted - quarantined, "quarantined": quarantined, "late_files": KNOWN,
            "problems": problems,
        }  # fmt: skip

    def _rows(self, path: Path, encoding: str) -> int:
        content = self.hospital.content(path)
        return sum(bool(row) for row in csv.reader(content.decode(encoding, "replace").splitlines())) - 1

    def _context_row(self, row: Mapping[str, Any]) -> Counted:
        names = {self.say.name("context_table", name): name for name in CONTEXT}
        name = names.get(row["table"])
        given = self.hospital.settings.get("context", {}).get(name)
        if name is None or given is None:
            return {"table": row["table"], "state": self.say("report.not_given"), "rows": None, "quarantined": None,
                    "share": None, "without": KNOWN}  # fmt: skip
        rows = self._rows(self.hospital.folder / given, "utf-8-sig")
        return {
            "table": row["table"], "state": self.say("report.given"), "rows": rows - row["quarantined"],
            "quarantined": row["quarantined"], "without": "",
            "share": None if name == "approvals" else covered(self.hospital, name, self.first, self.last),
        }  # fmt: skip

    def _measured_row(self, row: Mapping[str, Any]) -> Counted:
        kind = "ranking" if row["kind"] == self.say("report.measured_raised") else "draw"
        every = [one for one in self.findings.values() if one["alert"] and kind in one["alerted_by"]]
        every = [one for one in every if one["subject"] == "account" and not one["sampled"]]
        if kind == "draw":
            every = [one for one in self.findings.values() if one["sampled"]]
        cases: dict[str, set[str]] = defaultdict(set)
        for one in every:
            cases[one["case_id"]].add(one["status"])
        confirmed = sum("confirmed" in case for case in cases.values())
        decided = sum("confirmed" in case or not case & {"open", "escalated"} for case in cases.values())
        waiting = sum("confirmed" not in case and "open" in case for case in cases.values())
        return {
            "kind": row["kind"], "decided": decided, "confirmed": confirmed, "low": KNOWN, "high": KNOWN,
            "share": confirmed / decided if decided else None, "waiting": waiting,
        }  # fmt: skip

    def _calibration_row(self, row: Mapping[str, Any]) -> Counted:
        limits = self._calibrated()[1]
        stream = next(one for one in STREAMS if self.say.name("stream", one.id) == row["stream"])
        return {
            "stream": row["stream"], "base": stream.threshold, "now": limits[stream.id],
            "ratio": row["now"] / row["base"],
        }  # fmt: skip

    # charts

    def _chart(self, chart: Mapping[str, Any]) -> None:
        name = str(chart["id"])
        values = [(one["name"], one["values"]) for one in chart["series"]]
        where = f"chart {name}"
        if name == "trend":
            weeks = self._weeks()
            shown = [chart["labels"], values[0][1], values[1][1]]
            for figure, told, counted in zip(
                ("weeks", "alerts", "share"), shown, zip(*weeks, strict=True), strict=True
            ):
                for one, other in zip(told, map(_json, counted), strict=True):
                    self.equal(where, figure, one, other)
        elif name == "completeness":
            for source, volumes in values:
                for day, share in zip(chart["labels"], volumes, strict=True):
                    self._volume(where, source, day, share)
        elif name == "department-shares":
            self._parts_of_one(where, chart["labels"], [numbers for _, numbers in values])
        else:
            self.note(where, "chart", "", "nobody reads it")

    def _parts_of_one(self, where: str, units: Sequence[str], values: Sequence[Sequence[float]]) -> None:
        rows = {row["unit"]: row for row in self.report.table("departments")}
        for place, unit in enumerate(units):
            row = rows[unit]
            self.equal(where, unit, values[0][place], row["explained"])
            self.equal(where, unit, values[1][place], row["usual"])
            self.equal(where, unit, values[3][place], row["suspicious_share"])
            if abs(sum(one[place] for one in values) - 1) > 0.001:
                self.note(where, unit, [one[place] for one in values], "parts of one")

    def _volume(self, where: str, source: str, day: str, share: float | None) -> None:
        count = self.hospital.one(
            "select count(*) from events where source = ? and business_date = ?", source, dt.date.fromisoformat(day)
        )
        usual = usual_events(self.hospital, source, dt.date.fromisoformat(day))
        counted = 0.0 if not count else round(count / usual, 3) if usual else None
        begun = self.hospital.one("select min(business_date) from events where source = ?", source)
        counted = counted if dt.date.fromisoformat(day) >= begun else None
        self.equal(where, f"{source} {day}", share, counted)


def _known(share: float) -> float | None:
    return None if math.isnan(share) else share


def _json(value: object) -> object:
    return str(value) if isinstance(value, dt.date) else value


CONTEXT: Final = ("staff", "patients", "encounters", "care_team", "roster", "approvals")


def visible(hospital: Hospital, first: dt.date | None = None, last: dt.date | None = None) -> dict[str, Any]:
    """Return what pages say of how much was judged: of a period, by default of all."""
    begin, end = max(first or hospital.first, hospital.first), last or hospital.night
    rows = hospital.all(
        "select coalesce(sum(accesses), 0)::bigint, count(distinct user_id) from logged"
        " where business_date between ? and ?",
        begin, end,
    )  # fmt: skip
    accesses, accounts = rows[0]
    days = int(hospital.one("select count(*) from dates where business_date between ? and ?", begin, end))
    every = int(hospital.one("select count(distinct user_id) from logged where business_date <= ?", end))
    learning = hospital.settings.get("alerting", {}).get("learning_days", 14)
    until = hospital.first + dt.timedelta(days=learning - 1)
    amount = {"days": days, "accesses": int(accesses), "accounts": int(accounts)}
    return {
        **{
            f"visible.{key}.{name}": value
            for key in ("judged", "judged_learned", "scope", "brief", "brief_learning")
            for name, value in (amount | {"until": until}).items()
        },
        "visible.judged.span": str(end),
        "visible.judged_learned.span": str(end),
        "visible.scope.span": str(end),
        "report.span.first": str(begin),
        "report.span.last": str(end),
        "visible.learning.until": until,
        "visible.scope_learning.until": until,
        "visible.few_days.days": (end - hospital.first).days + 1,
        "visible.few_days.needed": 35,
        "visible.few_days.more": KNOWN,
        "visible.few_accounts.accounts": every,
        "visible.few_accounts.needed": 50,
        # how many patterns: what the detector declares of itself
        **{
            f"visible.{key}.count": KNOWN
            for key in ("learning", "unseen_every", "weaker", "scope_unseen", "brief", "brief_learning")
        },
    }
