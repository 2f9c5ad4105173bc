"""Exposure: what the hospital's own people can reach, how much of it with a ground, and what measures would change.

All of it is counted from what was done. What somebody could have opened and did not, logs do not show.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from detector.database.site_rules import create_site_rules
from detector.reports.document import Block, Items, Paragraph, ReportColumn, ReportTable, Section
from detector.reports.drilled_controls import drilled_blocks
from detector.reports.period_facts import PeriodFacts
from detector.reports.preventive_controls import CONTROLS
from detector.reports.suppression import K, small_units, together

COUNTS: Final = (
    "accounts", "contact", "contact_judged", "contact_explained", "contact_usual", "sensitive", "sensitive_judged",
    "sensitive_explained", "sensitive_usual", "lists", "copies", "records",
)  # fmt: skip
Unit = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ExposureReader:
    """Writes the sections on exposure in a period."""

    facts: PeriodFacts

    def use(self) -> Section:
        """Return who opens contact pages, sensitive content and lists, and who exports: by department and role."""
        say = self.facts.texts
        rows = self.facts.readings.rows("exposure_units", **self._span())
        tables = [table for name in ("department", "role") for table in self._units(rows, name)]
        return Section("use", say("reach.use"), [*tables, *self._unjudged()])

    def departments(self) -> Section:
        """Return the same by department alone, for the management."""
        say = self.facts.texts
        rows = self.facts.readings.rows("exposure_units", **self._span())
        return Section("exposure", say("reach.use"), [*self._units(rows, "department"), *self._unjudged()])

    def permissions(self) -> Section:
        """Return what nobody needed in the period: kinds of data and operations by role, and accounts."""
        say, period = self.facts.texts, self.facts.period
        since = self.facts.readings.first_date()
        short = say("paper.short_period", days=period.days)
        blocks: list[Block] = [Paragraph(short, "alarm")] if period.is_short else []
        if since < period.first:
            self.facts.readings.published.refresh_views(since, period.last)
            rows = self.facts.readings.rows("unneeded", first=period.first, last=period.last)
            blocks.append(self._unneeded(rows))
            blocks.append(Paragraph(say("reach.unneeded_note", since=since, first=period.first), "note"))
        else:
            blocks.append(Paragraph(say("reach.no_before", since=since)))
        return Section("permissions", say("reach.permissions"), [*blocks, self._accounts()])

    def controls(self) -> Section:
        """Return what each measure would have changed."""
        say = self.facts.texts
        create_site_rules(self.facts.readings.published.connection, self.facts.settings.detection)
        rows, asked = [], ""
        for control in CONTROLS:
            found = control.effect(self.facts.readings.published.connection, **self._span())
            rows.append({
                "control": say(f"reach.control_{control.id}"),
                **{name: found[name] for name in ("fewer", "usual", "hindered", "accounts")},
            })  # fmt: skip
            if found.get("days"):
                asked = say("reach.asked", asked=f"{found['asked']:,}", daily=f"{found['asked'] / found['days']:,.0f}")
        columns = [
            ReportColumn("control", say("reach.control")),
            ReportColumn("fewer", say("reach.fewer"), "count"),
            ReportColumn("usual", say("reach.fewer_usual"), "count"),
            ReportColumn("hindered", say("reach.hindered"), "count"),
            ReportColumn("accounts", say("reach.hindered_accounts"), "count"),
        ]
        table = ReportTable("controls", say("reach.controls"), columns, rows)
        notes = [asked, say("reach.controls_note"), say("reach.controls_lists")]
        drilled = drilled_blocks(self.facts.settings.store.path.parent, self.facts.period, say)
        return Section("controls", say("reach.controls"), [table, Items("", [one for one in notes if one]), *drilled])

    def _span(self) -> dict[str, Any]:
        period = self.facts.period
        return {"first": period.first, "last": period.last, "judged_from": self.facts.visibility.judged_from}

    def _unjudged(self) -> Iterator[Block]:
        say = self.facts.texts
        yield Items("", [
            say("reach.use_note"), say("reach.lists_note"), *filter(None, [self.facts.sight.unjudged]),
        ])  # fmt: skip

    def _units(self, rows: Sequence[Unit], key: str) -> list[ReportTable]:
        """Return tables of departments or roles, those of few accounts added up: pages opened, lists and exports."""
        say = self.facts.texts
        groups: dict[str, list[Unit]] = {}
        for row in rows:
            groups.setdefault(str(row[key]), []).append(row)
        units = {name: {one: sum(int(row[one]) for row in group) for one in COUNTS} for name, group in groups.items()}
        hidden = small_units({name: unit["accounts"] for name, unit in units.items()})
        shown = [
            _row(name or say("show.unknown"), unit)
            for name, unit in sorted(units.items(), key=lambda item: (-item[1]["contact"], item[0]))
            if name not in hidden
        ]
        rest = together([units[name] for name in sorted(hidden)], COUNTS)
        if rest is not None:
            shown.append(_row(say("report.others", count=len(hidden)), rest))
        heads = [
            ReportColumn("unit", say("findings.department") if key == "department" else say("report.role")),
            ReportColumn("accounts", say("report.accounts"), "count"),
        ]
        pages = [
            ReportColumn("contact", say("reach.contact"), "count"),
            ReportColumn("contact_ground", say("report.explained_share"), "share"),
            ReportColumn("contact_usual", say("report.only_usual"), "share"),
            ReportColumn("sensitive", say("reach.sensitive"), "count"),
            ReportColumn("sensitive_ground", say("report.explained_share"), "share"),
        ]
        lists = [ReportColumn(name, say(f"reach.{name}"), "count") for name in ("lists", "copies", "records")]
        empty, note = say("report.too_few", k=K), say("report.suppressed", k=K) if hidden else ""
        return [
            ReportTable(f"exposure-{key}s-{name}", say(f"reach.{key}s_{name}"), [*heads, *columns], shown, empty, note)
            for name, columns in (("pages", pages), ("lists", lists))
        ]

    def _unneeded(self, rows: Sequence[Unit]) -> ReportTable:
        say = self.facts.texts
        shown = [
            {
                "role": row["role"] or say("show.unknown"),
                "used": say.name(row["kind"], row["used"]),
                "kind": say(f"reach.kind_{row['kind']}"),
                "last_on": row["last_on"],
            }
            for row in rows
            if row["role_accounts"] >= K and row["accounts"] >= K
        ]
        left = len(rows) - len(shown)
        columns = [
            ReportColumn("role", say("report.role")),
            ReportColumn("used", say("reach.used")),
            ReportColumn("kind", say("reach.kind")),
            ReportColumn("last_on", say("reach.last_on"), "date"),
        ]
        few = say("reach.unneeded_few", count=left, k=K) if left else ""
        empty = few or say("reach.unneeded_none")
        return ReportTable("unneeded", say("reach.unneeded"), columns, shown, empty=empty, note=few if shown else "")

    def _accounts(self) -> Items:
        """Say how many accounts nobody used, nobody owns, or several people use."""
        say, period = self.facts.texts, self.facts.period
        row = self.facts.readings.one("account_use", first=period.first, last=period.last)
        given = self.facts.settings.context.staff is not None
        of_staff = [
            say("reach.accounts_unused", staff=row["staff"], unused=row["unused"]),
            say("reach.accounts_unlisted", accounts=row["unlisted"]),
        ]
        return Items(say("reach.accounts"), [
            *(of_staff if given else [say("paper.no_staff")]),
            say("reach.accounts_gone", accounts=row["gone"]),
            say("reach.accounts_closed", accounts=row["closed"]),
            say("reach.accounts_shared", accounts=row["shared"]),
        ])  # fmt: skip


def _row(name: str, unit: Mapping[str, int]) -> dict[str, Any]:
    def part(of: str, kind: str) -> float | None:
        judged = unit[f"{of}_judged"]
        return round(unit[f"{of}_{kind}"] / judged, 4) if judged else None

    return {
        "unit": name,
        **{one: unit[one] for one in ("accounts", "contact", "sensitive", "lists", "copies", "records")},
        "contact_ground": part("contact", "explained"),
        "contact_usual": part("contact", "usual"),
        "sensitive_ground": part("sensitive", "explained"),
    }
