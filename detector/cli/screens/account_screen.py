"""One account on one screen: who it is, how much it opened and when, what explains it, what was found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from detector.cli.render.paint import Paint
from detector.cli.render.screen_table import ScreenColumn, table
from detector.cli.render.text import cells, pad, shown, wrap
from detector.cli.render.text_charts import bar, heat_map, sparkline
from detector.cli.screens import findings_screen
from detector.model.relations import explanation_text
from detector.texts import Texts

Row = Mapping[str, Any]
DAYS_SHOWN = 60


@dataclass(frozen=True, slots=True)
class AccountOverview:
    """What is known about one account.

    ``staff``: rows of the staff table; ``logged``: the names that the log gave last; ``days``: rows of ``business_date,
    patients, explained, usual, unexplained, suspicious``; ``hours``: rows of ``weekday`` (0 = Monday), ``hour``,
    ``accesses``; ``explanations``: rows of ``explanation, patient_days, suspicious``, of dates from ``judged_from`` on;
    ``peers``: ``peers, patients, own``, medians of patients per day with accesses among accounts of the same department
    and role; ``peer_days``: rows of ``business_date,
    patients`` (the median of these accounts); ``peer_hours``: rows like ``hours``, of all of them.
    """

    user_id: str
    staff: Sequence[Row]
    logged: Row
    days: Sequence[Row]
    hours: Sequence[Row]
    explanations: Sequence[Row]
    patients: int
    judged_from: date
    peers: Row | None
    findings: Sequence[Row]
    peer_days: Sequence[Row] = ()
    peer_hours: Sequence[Row] = ()


def lines(account: AccountOverview, texts: Texts, width: int, paint: Paint) -> Iterator[str]:
    """Yield the screen."""
    yield paint(shown(texts("user.title", user=account.user_id)), "bold")
    yield from _identity(account, texts, width)
    if not account.days:
        yield texts("user.no_accesses")
    else:
        yield from _activity(account, texts, width, paint)
        yield from _hours(account, texts, width, paint)
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


def _identity(account: AccountOverview, texts: Texts, width: int) -> Iterator[str]:
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
            dates=_dates(row, texts),
        )
        yield from wrap(shown(line), width, "  ")


def _dates(row: Row, texts: Texts) -> str:
    """Return between which dates a row of the staff table holds, as far as they are on file."""
    start, end = row["start_date"], row["end_date"]
    key = "both" if start and end else "from" if start else "until" if end else "none"
    return texts(f"user.dates_{key}", start=start, end=end)


def _activity(account: AccountOverview, texts: Texts, width: int, paint: Paint) -> Iterator[str]:
    patients = {row["business_date"]: float(row["patients"]) for row in account.days}
    unexplained = {row["business_date"]: float(row["unexplained"]) for row in account.days}
    usual = {row["business_date"]: float(row["patients"]) for row in account.peer_days}
    end: date = max(patients)
    start = max(min(patients), end - timedelta(days=min(DAYS_SHOWN, width - 34) - 1))
    span = [start + timedelta(days=offset) for offset in range((end - start).days + 1)]
    yield ""
    yield paint(texts("user.activity", start=start, end=end), "bold", "cyan")
    counts = {"user.all": patients} | ({"user.peer_median": usual} if usual else {})
    scaled_together = {texts(key) for key in counts}
    only_usual = {row["business_date"]: float(row["usual"]) for row in account.days}
    counts["user.with_ground"] = {row["business_date"]: float(row["explained"]) for row in account.days}
    counts["user.usual"] = only_usual
    counts["user.unexplained"] = unexplained
    rows = {texts(key): [by_day.get(day, 0.0) for day in span] for key, by_day in counts.items()}
    yield from _day_lines(rows, scaled_together, texts)
    notes = texts("user.kinds"), texts("user.scales" if usual else "user.scales_alone")
    yield from (paint(f"  {line}", "dim") for note in notes for line in wrap(note, width - 2))
    if account.peers is not None:
        yield from (f"  {part}" for part in wrap(_compared(account.peers, texts), width - 2))


def _day_lines(rows: Mapping[str, Sequence[float]], scaled_together: set[str], texts: Texts) -> Iterator[str]:
    """Draw one line of days for each label; those that are ``scaled_together`` have one scale."""
    label_width = max(map(cells, rows))
    shared = max(max(rows[label]) for label in scaled_together)
    for label, values in rows.items():
        line = sparkline(values, top=shared if label in scaled_together else None)
        yield f"  {pad(label, label_width)} {line}  {texts('show.most', count=f'{max(values):g}')}"


def _compared(peers: Row, texts: Texts) -> str:
    """Return the sentence that sets the account's median day beside its peers'."""
    medians = {"patients": f"{peers['patients']:g}", "own": f"{peers['own']:g}"}
    return shown(texts("user.peers", peers=peers["peers"], department=peers["department"], **medians))


def _hours(account: AccountOverview, texts: Texts, width: int, paint: Paint) -> Iterator[str]:
    """Draw weekday × hour, beside it that of the peers where the line is wide enough."""
    labels = [texts(f"weekday.{day}") for day in range(7)]
    label_width = max(map(cells, labels)) + 1
    scale = "0     6     12    18    "
    maps = [(texts("user.own_hours"), heat_map(labels, _grid(account.hours)))]
    if account.peer_hours and 2 + label_width + 2 * len(scale) + 3 <= width:
        maps.append((texts("user.peer_hours"), heat_map([""] * 7, _grid(account.peer_hours))))
    yield ""
    yield paint(texts("user.hours"), "bold", "cyan")
    if len(maps) > 1:
        yield "  " + " " * label_width + "   ".join(pad(title, len(scale)) for title, _ in maps).rstrip()
    yield "  " + " " * label_width + "   ".join(scale for _ in maps).rstrip()
    for lines_of_day in zip(*(drawn for _, drawn in maps), strict=True):
        yield "  " + "   ".join(line if place == 0 else line.lstrip() for place, line in enumerate(lines_of_day))


def _grid(hours: Sequence[Row]) -> list[list[float]]:
    grid = [[0.0] * 24 for _ in range(7)]
    for row in hours:
        grid[int(row["weekday"])][int(row["hour"])] = float(row["accesses"])
    return grid


def _explanations(account: AccountOverview, texts: Texts, width: int, paint: Paint) -> Iterator[str]:
    total = sum(int(row["patient_days"]) for row in account.explanations)
    top = max((int(row["patient_days"]) for row in account.explanations), default=0)
    unjudged = sum(int(row["patients"]) for row in account.days if row["business_date"] < account.judged_from)
    yield ""
    yield paint(texts("user.explained", accesses=f"{total:,}", patients=f"{account.patients:,}"), "bold", "cyan")
    if unjudged:
        last = account.judged_from - timedelta(days=1)
        yield from (f"  {line}" for line in wrap(texts("user.unjudged", count=f"{unjudged:,}", last=last), width - 2))
    if not account.explanations:
        return
    rows = [
        {
            "why": explanation_text(row["explanation"], texts),
            "patient_days": row["patient_days"],
            "share": f"{row['patient_days'] / total:.0%}",
            "suspicious": row["suspicious"],
            "bar": bar(row["patient_days"], top, 12) or " ",
        }
        for row in account.explanations
    ]
    columns = [
        ScreenColumn("why", texts("user.reason"), fit="wrap"),
        ScreenColumn("patient_days", texts("user.patient_days"), align="right"),
        ScreenColumn("share", texts("user.share"), align="right"),
        ScreenColumn("suspicious", texts("user.suspicious"), align="right"),
        ScreenColumn("bar", ""),
    ]
    yield from (f"  {line}" for line in table(columns, rows, width=width - 2, paint=paint))
