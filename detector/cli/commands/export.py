"""``detector export``: findings to a SIEM or a file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from detector.cli.command import Command, Panel
from detector.cli.render.formats import RowFormat
from detector.cli.screens import delivery_screen as screen
from detector.cli.session import Session, session_of
from detector.deployment.checked_table import nearest
from detector.errors import DeliveryFailed, UsageError

if TYPE_CHECKING:
    from detector.deployment.exports import Export
    from detector.export.delivery import DeliveryOutcome
    from detector.export.targets import Target


def export(
    context: typer.Context,
    format_: Annotated[
        str | None, typer.Option("--format", "-f", metavar="FORMAT", help="cef, leef, ecs, ocsf or ndjson.")
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="TARGET",
            help="A file, -, udp:// tcp:// tls:// https://HOST:PORT, or the name of an [[export]]; "
            "default: every [[export]], or - with --format.",
        ),
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option("--since", formats=["%Y-%m-%d"], metavar="DATE", help="Only what a night from DATE on changed."),
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every finding, not the alerts alone.")] = False,
    health: Annotated[bool, typer.Option("--health", help="The health of each night as well.")] = False,
    test: Annotated[bool, typer.Option("--test", help="Send one marked test event and nothing else.")] = False,
    status: Annotated[
        bool, typer.Option("--status", help="Say what waits and what was refused; --format table, ndjson or csv.")
    ] = False,
    retry: Annotated[bool, typer.Option("--retry", help="Send what was refused once more.")] = False,
    patient_numbers: Annotated[
        bool, typer.Option("--patient-numbers", help="Record numbers instead of pseudonyms.")
    ] = False,
    ca_file: Annotated[Path | None, typer.Option("--ca-file", help="Authority that signed the receiver.")] = None,
    client_certificate: Annotated[Path | None, typer.Option("--client-certificate", help="Ours, for TLS.")] = None,
    client_key: Annotated[Path | None, typer.Option("--client-key", help="Its key, if in a file of its own.")] = None,
    token_file: Annotated[
        Path | None, typer.Option("--token-file", help="Token for https://; default: $DETECTOR_HEC_TOKEN.")
    ] = None,
    acknowledgement: Annotated[
        bool, typer.Option("--acknowledgement", help="https://: wait until the indexers have it.")
    ] = False,
    index: Annotated[str | None, typer.Option("--index", metavar="NAME", help="https://: Splunk's index.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing when all went well.")] = False,
) -> None:
    """Send every alert, in its newest state, that the target has not acknowledged yet.

    At least once, in order; what does not get through stays queued. UDP is best effort.

    Exit codes: 0 done; 2 usage or configuration; 4 no run yet, or the store is damaged; 5 something was not delivered.
    """
    session = session_of(context)
    if status:
        _status(session, format_)
        return
    options: dict[str, Any] = {
        "all": all_, "patient_numbers": patient_numbers, "ca_file": ca_file, "client_certificate": client_certificate,
        "client_key": client_key, "token_file": token_file, "acknowledgement": acknowledgement, "index": index,
    }  # fmt: skip
    given = {name: value for name, value in options.items() if value}
    targets = _targets(session, to, format_, given, health=health)
    _record(session, [] if test else targets)
    deliver_to = _connection_test(session) if test else _delivery(session, since.date() if since else None, retry=retry)
    outcomes = []
    for target in targets:
        outcomes.append(deliver_to(target))
        if target.keeps_acknowledgements and not quiet:
            session.say(screen.outcome_lines(outcomes[-1:], session.texts, session.width, session.paint))
    failed = [outcome for outcome in outcomes if outcome.failed]
    if failed:
        raise DeliveryFailed(screen.failure_text(failed, session.texts))


def _targets(
    session: Session, to: str | None, format_: str | None, given: dict[str, Any], *, health: bool
) -> list[Target]:
    """Return where to deliver; ``given`` are the options that an ``[[export]]`` has as keys of its own."""
    from detector.deployment.exports import Export, absolute
    from detector.export.targets import told

    by_name = {export_.name: export_ for export_ in session.settings.exports}
    if to is None and format_ is None:
        if given:
            raise UsageError(f"--{next(iter(given)).replace('_', '-')} needs --to; [[export]] has keys of its own")
        return _configured(session)
    if to in by_name and format_ in {None, by_name[to].format}:
        return [target for target in _configured(session) if target.export.name == to]
    if format_ is None:
        target = told(str(to))
        raise UsageError(f"--to {target} needs --format; or name an [[export]]: {nearest(target, tuple(by_name))}")
    address = absolute("-" if to is None else to, Path.cwd())
    return [_target(session, Export(to=address, format=format_, name=to or "-", **given), health=health)]


def _connection_test(session: Session) -> Callable[[Target], DeliveryOutcome]:
    """Return what sends one marked test event to a target."""
    from detector.export.delivery import deliver_test

    return lambda target: deliver_test(session.settings, target, _now, session.language)


def _delivery(session: Session, since: date | None, *, retry: bool) -> Callable[[Target], DeliveryOutcome]:
    """Return what brings a target up to date."""
    from detector.export.delivery import deliver

    return lambda target: deliver(session.settings, target, _now, session.language, since=since, retry=retry)


def _record(session: Session, targets: list[Target]) -> None:
    """Write into the trail what is about to leave the house, and where to."""
    if not targets:
        return
    keys = ("to", "format", "all", "patient_numbers")
    with session.published() as published:
        session.record(published, "export", *({key: getattr(target.export, key) for key in keys} for target in targets))


def _configured(session: Session) -> list[Target]:
    from detector.export.targets import configured

    targets = configured(session.settings)
    if not targets:
        raise UsageError("there is no [[export]] in detector.toml; name --format and --to")
    return targets


def _target(session: Session, export_: Export, *, health: bool) -> Target:
    """Return the target; one that ``[[export]]`` names with the same format and address has its keys."""
    from detector.deployment.exports import Export
    from detector.export.targets import FILE, configured, target
    from detector.files.for_people import check_place

    asked = target(export_, health=health)
    if asked.address.scheme == FILE:
        check_place(Path(asked.address.path))
    known = next((one for one in configured(session.settings) if one.key == asked.key), None)
    if known is None:
        return asked
    if export_ != Export(to=export_.to, format=export_.format, name=export_.name):
        raise UsageError(f"[[export]] {known.export.name!r} delivers there already, with keys of its own")
    return known


def _status(session: Session, format_: str | None) -> None:
    from detector.export.delivery import states

    try:
        row_format = RowFormat(format_ or RowFormat.TABLE)
    except ValueError:
        raise UsageError(f"--status takes --format table, ndjson or csv, not {format_!r}") from None
    found = states(session.settings)
    if row_format is RowFormat.TABLE:
        session.say(screen.state_lines(found, session))
    else:
        session.list_rows(screen.state_rows(found), screen.STATE_KEYS, (), row_format)


def _now() -> datetime:
    return datetime.now(UTC)


COMMAND = Command(
    export,
    panel=Panel.NIGHT,
    order=30,
    examples=(
        "detector export",
        "detector export --format ecs --to /var/log/detector/findings.ndjson",
        "detector export --format cef --to tls://siem.example:6514 --ca-file ca.pem --test",
        "detector export --status",
    ),
)
