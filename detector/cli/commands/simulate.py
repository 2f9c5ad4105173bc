"""``detector simulate``: a synthetic hospital to try the detector on, and the truth about it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from detector.cli.command import Command, Panel
from detector.cli.session import session_of
from detector.deployment.checked_table import nearest
from detector.deployment.settings import FILE_NAME
from detector.errors import UsageError

if TYPE_CHECKING:
    from detector.simulator import AttackOrder


FIRST_DAY: Final = date(2026, 6, 1)


def simulate(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The folder to write; the truth goes to DIR-truth beside it.")
    ],
    kind: Annotated[str, typer.Option("--kind", help="maternity (women and children) or general.")] = "maternity",
    staff: Annotated[int, typer.Option("--staff", help="People, 50 to 5000.")] = 300,
    days: Annotated[int, typer.Option("--days", help="Days of logs.")] = 60,
    start: Annotated[
        str | None,
        typer.Option(
            "--start", metavar="DATE", help="First day; default: 2026-06-01, or earlier so that the last day is over."
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Equal seeds give equal bytes.")] = 1,
    attacks: Annotated[
        int | None, typer.Option("--attacks", min=0, help="How many attacks to draw; default: by size.")
    ] = None,
    attack: Annotated[
        list[str] | None,
        typer.Option("--attack", metavar="SCENARIO[:INTENSITY]", help="An attack to plant (low, medium, high)."),
    ] = None,
    hard: Annotated[bool, typer.Option("--hard/--no-hard", help="Unusual but innocent work as well.")] = True,
    clean: Annotated[bool, typer.Option("--clean", help="Neither attacks nor unusual work.")] = False,
    compress: Annotated[bool, typer.Option("--gzip/--no-gzip", help="Write .csv.gz or .csv logs.")] = True,
    name: Annotated[str | None, typer.Option("--name", help="The hospital's name.")] = None,
    truth: Annotated[Path | None, typer.Option("--truth", metavar="DIR", help="Where the truth goes.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a deployment that is there.")] = False,
) -> None:
    """Write a synthetic hospital: logs, context tables, configuration, and what is true about it.

    900 people and 90 days take about a minute and a half. `--attack list` names all scenarios.
    """
    from detector.simulator import SimulationPlan
    from detector.simulator import simulate as write_hospital
    from detector.simulator.simulation import truth_directory

    session = session_of(context)
    if (folder / FILE_NAME).exists() and not force:
        raise UsageError(f"{folder / FILE_NAME} exists already; nothing was changed (--force overwrites)")
    if attack and attacks is not None:
        raise UsageError("--attack and --attacks exclude each other")
    try:
        plan = SimulationPlan(
            kind=kind,  # type: ignore[arg-type]  # the plan itself refuses other words
            staff=staff,
            days=days,
            start=_date(start) if start is not None else default_start(days, session.now or datetime.now(UTC)),
            seed=seed,
            attacks=tuple(_order(text) for text in attack) if attack else attacks,
            hard=hard,
            clean=clean,
            compress=compress,
            name=name,
        )
    except ValueError as error:
        raise UsageError(str(error)) from error
    result = write_hospital(folder, plan, truth)
    rows = result.rows
    written = (
        f"{folder}: {result.staff} accounts, {result.days} days, {rows['unique']:,} rows "
        f"(and {rows['duplicates']:,} repeated, {rows['malformed']:,} unreadable)."
    )
    planted = (
        f"{truth or truth_directory(folder)}: {len(result.attacks)} attacks, "
        f"{len(result.hard_negatives)} hard innocents, {len(result.leaks)} leaks."
    )
    asked = (
        Counter((order.scenario, order.intensity) for order in plan.attacks) if isinstance(plan.attacks, tuple) else {}
    )
    missing = Counter(asked) - Counter((done.scenario, done.intensity) for done in result.attacks)
    left_out = [f"Left out, for want of a suitable account: {':'.join(order)}." for order in missing.elements()]
    said = [written, planted, *left_out, f"Next: `detector --config {folder / FILE_NAME} run`."]
    session.say([session.texts.message(sentence) for sentence in said])


def default_start(days: int, now: datetime) -> date:
    """Return the first day of a hospital's logs of so many days that all lie before ``now``: a run takes no others."""
    return min(FIRST_DAY, now.date() - timedelta(days=days + 1))


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--start {text}: not a date; write 2026-06-01") from error


def _order(text: str) -> AttackOrder:
    """Read ``SCENARIO[:INTENSITY]``; an unknown scenario is an error that names the nearest one, or all."""
    from detector.simulator import AttackOrder
    from detector.simulator.attacks import scenarios

    order = AttackOrder.parse(text)
    known = tuple(scenarios())
    if order.scenario not in known:
        raise UsageError(f"--attack {text}: no such scenario, {nearest(order.scenario, known)}")
    return order


COMMAND = Command(
    simulate,
    panel=Panel.SET_UP,
    order=30,
    examples=(
        "detector simulate /tmp/hospital",
        "detector simulate /tmp/hospital --kind general --staff 900 --days 90 --seed 7",
        "detector simulate /tmp/hospital --attack maternity-slow:low --attack decoy-access",
        "detector simulate /tmp/hospital --clean",
    ),
)
