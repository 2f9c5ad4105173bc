"""Measures against the invented episodes of the last drill: what a report on exposure tells of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from detector import __version__
from detector.model.scenarios import SCENARIOS, Family
from detector.reports.document import Block, Items, Paragraph, ReportColumn, ReportTable
from detector.reports.drill_record import DrilledKind, DrillRecord, read_drill
from detector.reports.periods import Period
from detector.reports.preventive_controls import CONTROLS, Control
from detector.texts import Texts

OLD_DAYS: Final = 90
"""A drill whose history ended so many days before the period does is told to be old."""


def drilled_blocks(folder: Path, period: Period, texts: Texts) -> list[Block]:
    """Return the table with where it is from and what it does not show; without a drill how to get one."""
    drill = read_drill(folder)
    if drill is None or not any(kind.episodes for kind in drill.kinds.values()):
        return [Paragraph(texts("reach.controls_drill"), "note")]
    columns = [
        ReportColumn("kind", texts("reach.drill_kind")),
        ReportColumn("control", texts("reach.control")),
        ReportColumn("episodes", texts("reach.drill_episodes"), "count"),
        ReportColumn("exposed", texts("reach.drill_exposed"), "count"),
        ReportColumn("fewer", texts("reach.drill_fewer"), "count"),
        ReportColumn("usual", texts("reach.fewer_usual"), "count"),
        ReportColumn("rest", texts("reach.drill_rest"), "count"),
    ]
    table = ReportTable("drilled-controls", texts("reach.drilled"), columns, list(_rows(drill, texts)))
    return [table, Items("", [*_origin(drill, period, texts), texts("reach.drill_limits"), texts("reach.drill_reads")])]


def _rows(drill: DrillRecord, texts: Texts) -> Iterator[dict[str, Any]]:
    """Yield a row for each family and measure that has something to keep out of its episodes' reach."""
    for family in Family:
        kinds = [kind for name, kind in drill.kinds.items() if name in SCENARIOS and SCENARIOS[name].family is family]
        for control in CONTROLS:
            row = _row(control, kinds)
            if row["episodes"]:
                kind, measure = texts(f"drill.family_{family.value}"), texts(f"reach.measure_{control.id}")
                yield {"kind": kind, "control": measure, **row}


def _row(control: Control, kinds: Sequence[DrilledKind]) -> dict[str, int]:
    exposed = sum(kind.records if control.on_lists else kind.patients for kind in kinds)
    fewer, usual = (sum(counts.get(control.id, 0) for counts in told) for told in (
        [kind.fewer for kind in kinds], [kind.usual for kind in kinds],
    ))  # fmt: skip
    return {
        "episodes": sum(kind.listing if control.on_lists else kind.opening for kind in kinds),
        "exposed": exposed,
        "fewer": fewer,
        "usual": usual,
        "rest": exposed - fewer - usual,
    }


def _origin(drill: DrillRecord, period: Period, texts: Texts) -> Iterator[str]:
    """Say which drill it is from, and whether it is an old one."""
    tried = [kind for kind in drill.kinds.values() if kind.episodes]
    yield texts(
        "reach.drill_from",
        first=drill.first,
        last=drill.last,
        version=drill.version,
        episodes=sum(kind.episodes for kind in tried),
        kinds=len(tried),
        repeats=texts.words(str(one) for one in sorted({kind.repeats for kind in tried})),
        seeds=texts.words(str(one) for one in sorted({kind.seed for kind in tried})),
    )
    if len(tried) < len(drill.kinds):
        yield texts("reach.drill_left_out", kinds=len(drill.kinds) - len(tried))
    quick = sum(kind.quick for kind in tried)
    if quick:
        yield texts("reach.drill_quick", kinds=quick)
    if (period.last - drill.last).days > OLD_DAYS:
        yield texts("reach.drill_old", last=drill.last, days=OLD_DAYS)
    if drill.version != __version__:
        yield texts("reach.drill_version", then=drill.version, now=__version__)
