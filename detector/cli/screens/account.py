"""One account on one screen: who it is, how much it opened and when, what explains it, what was found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from detector.cli.render.charts import bar, heat_map, sparkline
from detector.cli.render.paint import Paint
from detector.cli.render.table import Column, table
from detector.cli.render.text import cells, pad, shown, wrap
from detector.cli.screens import findings as findings_screen
from detector.texts import Texts

Row = Mapping[str, Any]
DAYS_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Account:
    """What is known about one account.

    ``staff``: rows of the staff table; ``logged``: the names that the log gave last; ``days``: rows of ``business_date,
    patients, unexplained, suspicious``; ``hours``: rows of ``weekday`` (0 = Monday), ``hour``, ``accesses``;
    ``explanations``: rows of ``explanation, patient_days, suspicious``; ``peers``: ``peers, patients, own``, medians of
    patients a working day among accounts of the same department and role.
    """

    user_id: str
    staff: Sequence[Row]
    logged: Row
    days: Sequence[Row]
    hours: Sequence[Row]
    explanations: Sequence[Row]
    patients: int
    peers: Row | None
    findings: Sequence[Row]


def lines(account: Account, texts: Texts, width: int, paint: Paint) -> Iterator[str]:
    """Yield the screen."""
    yield paint(shown(texts("user.title", user=account.user_id)), "bold")
    yield from _identity(account, texts, width)
    if not account.days:
        yield texts("user.no_accesses")
    else:
        yield from _activity(account, texts, width, paint)
        yield from _hours(account, texts, paint)
        yield from _explanations(account, texts, width, paint)
    yield ""
    yield paint(texts("user.findings"), "bold", "cyan")
    if not account.findings:
        yield f"  {texts('user.no_findings')}"
    for finding in account.findings:
        mark = "!" if finding["alert"] else " "
        words = findings_screen.pattern_words(finding, texts, most=2)
        status = texts.name("finding_status", finding["status"])
        line = f"{mark} {finding['finding_id']}  {finding['risk']:.0f}  {status}  {words}  {finding['window_end']}"
        yield from (f"  {part}" for part in wrap(shown(line), width - 2, "    "))
    yield ""
    yield from (paint(line, "dim") for line in wrap(shown(texts("user.more", user=account.user_id)), width, "  "))


def _identity(account: Account, texts: Texts, width: int) -> Iterator[str]:
    unknown = texts("show.unknown")
    if not account.staff:
        line = texts(
            "user.unknown_staff",
            name=account.logged.get("user_name") or unknown,
            department=account.logged.get("user_department") or unknown,
            role=account.logged.get("user_role") or unknown,
        )
        yield from wrap(shown(line), width, "  ")
    for row in account.staff:
        line = texts(
            "user.staff",
            name=row["name"] or unknown,
            department=row["department"] or unknown,
            role=row["role"] or unknown,
            type=texts.name("account_type", row["account_type"]),
            status=texts.name("account_status", row["status"]),
            start=row["start_date"] or texts("user.always"),
            end=row["end_date"] or texts("user.today"),
        )
        yield from wrap(shown(line), width, "  ")


def _activity(account: Account, texts: Texts, width: int, paint: Paint) -> Iterator[str]:
    days = {row["business_date"]: row for row in account.days}
    end: date = max(days)
    start = max(min(days), end - timedelta(days=min(DAYS_SHOWN, width - 34) - 1))
    span = [start + timedelta(days=offset) for offset in range((end - start).days + 1)]
    yield ""
    yield paint(texts("user.activity", start=start, end=end), "bold", "cyan")
    labels = {
        "patients": texts("user.all"),
        "unexplained": texts("user.unexplained"),
        "suspicious": texts("show.timeline_suspicious"),
    }
    top = max(int(row["patients"]) for row in account.days)
    label_width = max(map(cells, labels.values()))
    for key, label in labels.items():
        values = [int(days[day][key]) if day in days else 0 for day in span]
        yield f"  {pad(label, label_width)} {sparkline(values, top=top)}  {texts('show.most', count=max(values))}"
    if account.peers is not None:
        line = texts(
            "user.peers",
            peers=account.peers["peers"],
            department=account.peers["department"],
            patients=f"{account.peers['patients']:g}",
            own=f"{account.peers['own']:g}",
        )
        yield from (f"  {part}" for part in wrap(shown(line), width - 2))


def _hours(account: Account, texts: Texts, paint: Paint) -> Iterator[str]:
    grid = [[0.0] * 24 for _ in range(7)]
    for row in account.hours:
        grid[int(row["weekday"])][int(row["hour"])] = float(row["accesses"])
    yield ""
    yield paint(texts("user.hours"), "bold", "cyan")
    labels = [texts(f"weekday.{day}") for day in range(7)]
    yield "  " + " " * (max(map(cells, labels)) + 1) + "0     6     12    18"
    yield from (f"  {line}" for line in heat_map(labels, grid))


def _explanations(account: Account, texts: Texts, width: int, paint: Paint) -> Iterator[str]:
    total = sum(int(row["patient_days"]) for row in account.explanations)
    top = max(int(row["patient_days"]) for row in account.explanations)
    yield ""
    yield paint(texts("user.explained", accesses=f"{total:,}", patients=f"{account.patients:,}"), "bold", "cyan")
    rows = [
        {
            "why": texts.name("relation", row["explanation"] or "none"),
            "patient_days": row["patient_days"],
            "share": f"{row['patient_days'] / total:.0%}",
            "suspicious": row["suspicious"],
            "bar": bar(row["patient_days"], top, 12) or " ",
        }
        for row in account.explanations
    ]
    columns = [
        Column("why", texts("user.reason"), fit="wrap"),
        Column("patient_days", texts("user.patient_days"), align="right"),
        Column("share", texts("user.share"), align="right"),
        Column("suspicious", texts("user.suspicious"), align="right"),
        Column("bar", ""),
    ]
    yield from (f"  {line}" for line in table(columns, rows, width=width - 2, paint=paint))
