"""What a drill found: a table of patterns and intensities, the power curves, and what the figures do not say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from detector.cli.render.paint import Paint
from detector.cli.render.screen_table import UNKNOWN, ScreenColumn
from detector.cli.render.text import wrap
from detector.cli.render.text_charts import beside, power_curve

if TYPE_CHECKING:
    from detector.drill.campaign import Result
    from detector.drill.power import Power, Share
    from detector.texts import Texts

KEYS: Final = (
    "pattern", "episode", "family", "intensity", "patients_per_day", "days", "accounts", "planted", "caught", "share",
    "share_low", "share_high", "delay_days", "exposed", "named_right", "smallest_caught",
)  # fmt: skip
SMALLEST_MARK: Final = "◆"
GAP: Final = 3


def rows(powers: Sequence[Power]) -> list[dict[str, Any]]:
    """Return one row for each kind of episode and intensity, under the keys of the machine formats."""
    return [
        {
            "pattern": one.planter.scenario.patterns[0],
            "episode": one.planter.id,
            "family": one.planter.scenario.family.value,
            "intensity": one.intensity,
            "patients_per_day": one.level.per_day,
            "days": one.level.days,
            "accounts": one.level.accounts,
            "planted": one.share.planted,
            "caught": one.share.caught,
            "share": round(one.share.value, 4) if one.share.planted else None,
            "share_low": round(one.share.interval[0], 4) if one.share.planted else None,
            "share_high": round(one.share.interval[1], 4) if one.share.planted else None,
            "delay_days": one.delay_days,
            "exposed": one.exposed,
            "named_right": one.named.caught,
            "smallest_caught": one.smallest,
        }
        for one in powers
    ]


def columns(texts: Texts, powers: Sequence[Power]) -> list[ScreenColumn]:
    """Return the columns of the table; the last one, without heading, where a row is marked."""

    def caught_style(row: Mapping[str, Any]) -> tuple[str, ...]:
        share = row["share"]
        return () if share is None else ("green",) if share >= 0.9 else ("yellow",) if share >= 0.5 else ("red",)

    mark = [ScreenColumn("mark", "", text=str)] if any(one.smallest for one in powers) else []
    return [
        ScreenColumn("title", texts("drill.episode"), fit="wrap", text=str),
        ScreenColumn("level", texts("drill.intensity")),
        ScreenColumn("shares", texts("drill.caught"), align="right", style=caught_style),
        ScreenColumn("interval", "95 %", align="right"),
        ScreenColumn("delay_days", texts("drill.delay"), align="right", text=lambda days: f"{days:.0f}"),
        ScreenColumn("exposed", texts("drill.exposed"), align="right", text=lambda count: f"{count:,.0f}"),
        *mark,
    ]


def table_rows(powers: Sequence[Power], texts: Texts) -> list[dict[str, Any]]:
    """Return the rows with the words that the table shows; the title stands in the first row of its kind."""
    shown: list[dict[str, Any]] = []
    before = ""
    for power, row in zip(powers, rows(powers), strict=True):
        level, share = power.level, power.share
        crowd = texts("drill.by_accounts", accounts=level.accounts) if level.accounts > 1 else ""
        shown.append(
            {
                **row,
                "title": power.planter.scenario.title[texts.language] if power.planter.id != before else "",
                "level": texts(
                    "drill.level",
                    intensity=texts(f"drill.intensity_{power.intensity}"),
                    per_day=f"{level.per_day:g}",
                    days=level.days,
                )
                + crowd,
                "shares": f"{share.caught}/{share.planted}",
                "interval": percent_range(share),
                "mark": SMALLEST_MARK if power.smallest else "",
            }
        )
        before = power.planter.id
    return shown


def percent_range(share: Share) -> str:
    """Return the interval of a share in whole per cent; nothing is known of none."""
    if not share.planted:
        return UNKNOWN
    low, high = share.interval
    return f"{100 * low:.0f}–{100 * high:.0f}%"


def heading(result: Result, texts: Texts, width: int, paint: Paint) -> Iterator[str]:
    """Yield what was done, before the table."""
    history = result.history
    yield paint(
        texts("drill.title", accounts=result.accounts, days=history.days, first=history.first, last=history.last),
        "bold",
    )
    yield from wrap(
        texts("drill.done", episodes=len(result.outcomes), copies=result.copies, nights=result.nights), width
    )
    yield ""


def ending(
    result: Result,
    powers: Sequence[Power],
    curves: Mapping[Any, Mapping[Any, Share]],
    texts: Texts,
    width: int,
    paint: Paint,
) -> Iterator[str]:
    """Yield legend, curves and what the figures do not say, after the table."""
    from detector.drill.power import LEAST_EPISODES

    yield ""
    few = all(one.share.planted < LEAST_EPISODES for one in powers)
    smallest = "drill.too_few" if few else "drill.legend_smallest"
    for key in (smallest, "drill.legend", "drill.legend_exposed"):
        yield from wrap(texts(key, mark=SMALLEST_MARK, least=LEAST_EPISODES), width, "  ")
    yield ""
    yield paint(texts("drill.curves"), "bold")
    blocks = [
        power_curve(
            texts(f"drill.family_{family.value}"),
            [(texts(f"drill.intensity_{one}"), share.value, *share.interval) for one, share in points.items()],
        )
        for family, points in curves.items()
        if points
    ]
    yield from beside(blocks, width, GAP)
    yield ""
    if result.left_out:
        titles = sorted({planter.scenario.title[texts.language] for planter, _ in result.left_out})
        yield from wrap(texts("drill.left_out", titles=texts.clauses(titles)), width, "  ")
    for key in ("drill.thresholds", "drill.caveat"):
        yield from wrap(texts(key), width, "  ")
