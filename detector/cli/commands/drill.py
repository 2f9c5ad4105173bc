"""``detector drill``: what detection would catch here, tried on a copy of the site's own history."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from detector.cli.command import Command, Panel
from detector.cli.progress_display import TimeLeft, progress_for
from detector.cli.render.formats import RowFormat
from detector.cli.render.text import shown, wrap
from detector.cli.screens import drill_screen as screen
from detector.cli.session import Session, session_of
from detector.deployment.checked_table import nearest
from detector.errors import UsageError

if TYPE_CHECKING:
    from detector.drill.planter import Planter
    from detector.reports.drill_record import DrillRecord


def drill(
    context: typer.Context,
    pattern: Annotated[
        list[str] | None,
        typer.Option("--pattern", metavar="NAME", help="A pattern or a kind of episode; repeatable. Default: all."),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="One episode of each kind, medium, at most two weeks long: a first look.")
    ] = False,
    repeats: Annotated[
        int | None,
        typer.Option("--repeats", min=1, max=100, help="Episodes of each kind and intensity; 5, or 1 with --quick."),
    ] = None,
    jobs: Annotated[
        int, typer.Option("--jobs", min=1, help="Copies judged at a time, a processor and 1 to 2 GB each.")
    ] = 2,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Equal seeds give equal episodes.")] = 1,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
    row_format: Annotated[RowFormat, typer.Option("--format", "-f", help="How to write it.")] = RowFormat.TABLE,
) -> None:
    """Hide invented episodes in a copy of the site's own history and tell which of them are caught, and when.

    The store is only read. All kinds take an hour or more in a large hospital; --quick takes minutes. What measures
    would have kept out of the episodes' reach is kept beside the store, as sums, for `detector report --kind exposure`.
    """
    from detector.drill.campaign import REPEATS, Plan
    from detector.drill.campaign import drill as drill_site
    from detector.drill.drilled_kinds import drill_record
    from detector.drill.power import curves, powers

    session = session_of(context)
    texts = session.texts
    listener = progress_for(session.texts, quiet=quiet, width=session.width)
    planters = _chosen(tuple(pattern or ()))
    plan = Plan.quick(planters, seed, repeats or 1) if quick else Plan(planters, repeats=repeats or REPEATS, seed=seed)

    def words(minutes: int) -> str:
        return texts("drill.minutes", minutes=minutes) if minutes else texts("drill.minute")

    result = drill_site(session.settings, plan, TimeLeft(listener, "night", words), jobs)
    listener.clear()
    _keep(session, drill_record(session.settings, plan, result))
    found = powers(result)
    if row_format is not RowFormat.TABLE:
        session.list_rows(screen.rows(found), screen.KEYS, (), row_format)
        return
    session.say(screen.heading(result, texts, session.width, session.paint))
    session.list_rows(screen.table_rows(found, texts), screen.KEYS, screen.columns(texts, found), row_format)
    session.say(screen.ending(result, found, curves(result.outcomes), texts, session.width, session.paint))


def _keep(session: Session, drill: DrillRecord) -> None:
    """Keep the sums for reports; what is no longer kept, or cannot be, is said on stderr."""
    from detector.reports.drill_record import FILE_NAME, keep_drill

    store = session.settings.store
    try:
        lost = keep_drill(store.path.parent, drill, store.group)
    except OSError as error:
        place = store.path.parent / FILE_NAME
        said = session.texts("drill.not_kept", path=place, problem=error.strerror or str(error))
    else:
        if not lost:
            return
        said = session.texts("drill.replaced", kinds=len(lost))
    for line in wrap(shown(said), session.width):
        sys.stderr.write(f"{line}\n")


def _chosen(words: tuple[str, ...]) -> list[Planter]:
    """Return the planters that are asked for; an unknown name is an error that tells the nearest."""
    from detector.drill.planters import chosen, names

    try:
        return chosen(words)
    except KeyError as error:
        unknown = str(error.args[0])
        raise UsageError(
            f"--pattern {unknown}: no such pattern or kind of episode; {nearest(unknown, names())}"
        ) from None


COMMAND = Command(
    drill,
    panel=Panel.SET_UP,
    order=40,
    examples=(
        "detector drill --quick",
        "detector drill --pattern maternity-harvesting --repeats 10",
        "detector drill --seed 2 --format ndjson > drill.ndjson",
    ),
)
