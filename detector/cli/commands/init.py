"""``detector init``: a commented ``detector.toml`` to start from."""

from __future__ import annotations

import glob
import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from zoneinfo import ZoneInfo

import typer

from detector.cli.command import Command, Panel
from detector.cli.render.settings_text import source_text, toml_text
from detector.cli.render.text import shown, wrap
from detector.cli.session import Session, session_of
from detector.deployment.settings import FILE_NAME, load_settings
from detector.errors import InputError, UsageError
from detector.files.path_text import path_text
from detector.files.regular_file import regular_status
from detector.texts import load_texts
from detector.texts.language import choose_language

if TYPE_CHECKING:
    from detector.loading.survey import SourceSurvey
    from detector.sources.proposal import SourceProposal
    from detector.texts import Texts

DEFAULT_ZONE: Final = "Asia/Shanghai"
LOCALTIME: Final = Path("/etc/localtime")
ZONE_FILE: Final = Path("/etc/timezone")


@dataclass(frozen=True, slots=True)
class ProposedSource:
    """One `[[source]]` to write: the log it was proposed from, and its path as the file has it."""

    name: str
    proposal: SourceProposal
    path: str
    daily: bool
    is_one_file: bool


def init(
    context: typer.Context,
    given: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[DIR] [FILE]...",
            help="The deployment's folder, created if needed, by default the current one; more logs, as --from.",
            show_default=False,
        ),
    ] = None,
    log: Annotated[
        list[Path] | None,
        typer.Option("--from", metavar="FILE", help="A log file to propose format, columns and values from."),
    ] = None,
    timezone: Annotated[
        str | None, typer.Option("--timezone", metavar="ZONE", help="The site's time zone; default: this machine's.")
    ] = None,
) -> None:
    """Write a commented detector.toml, and say what of the logs was understood. An existing file is never overwritten.

    What is sure about the logs is taken over, what is not stands in comments, to be decided by a person.
    """
    session = session_of(context)
    texts = load_texts(choose_language(session.lang))
    folder, logs = _folder_and_logs(given or [], log or [])
    target = folder / FILE_NAME
    if target.exists():
        raise UsageError(f"{target} exists already; nothing was changed")
    zone, origin = _zone(timezone)
    sources, left_out = _proposed(logs, folder)
    text = texts(
        "init.template",
        name=toml_text(folder.absolute().name or "hospital"),
        timezone=toml_text(zone),
        language=toml_text(texts.language),
        sources="\n".join(
            source_text(one.name, one.proposal, one.path, texts, zone, daily=one.daily) for one in sources
        )
        or texts("init.example_source"),
    )
    folder.mkdir(parents=True, exist_ok=True)
    with target.open("x", encoding="utf-8") as stream:
        stream.write(text)
    session.say(_lines(session, texts, target, sources, left_out, (zone, origin)))
    if left_out:
        raise typer.Exit(1)


def _folder_and_logs(given: list[Path], logs: list[Path]) -> tuple[Path, list[Path]]:
    """Tell the deployment's folder from log files: a shell makes several words of ``logs/*``."""
    given = [*_globbed(given)]
    files = [path for path in given if path.is_file()]
    folders = [path for path in given if path not in files]
    if len(folders) > 1:
        raise UsageError(f"only one folder can be the deployment's, not {path_text(folders[0])} and also "
                         f"{path_text(folders[1])}; name log files after --from")  # fmt: skip
    return (folders[0] if folders else Path()), [*_globbed(logs), *files]


def _globbed(logs: list[Path]) -> Iterator[Path]:
    """Yield the files; a pattern that no shell has replaced stands for what it matches."""
    for log in logs:
        if not log.exists() and glob.has_magic(str(log)):
            yield from map(Path, sorted(glob.glob(str(log))) or [str(log)])  # noqa: PTH207 - a glob that a person wrote
        else:
            yield log


def _proposed(logs: list[Path], folder: Path) -> tuple[list[ProposedSource], list[str]]:
    """Return one source for each log that the pattern of an earlier one does not cover already, and what is none.

    Raises InputError where there are logs and none of them can be read.
    """
    if not logs:
        return [], []
    from detector.sources.file_pattern import file_pattern
    from detector.sources.known_identifiers import identifiers_of
    from detector.sources.log_format import ReadOptions
    from detector.sources.whole_days import bring_whole_days

    found: list[ProposedSource] = []
    left_out: list[tuple[Path, InputError]] = []
    caught: set[Path] = set()
    accounts = identifiers_of("staff", folder / "context" / "staff.csv")
    patients = identifiers_of("patients", folder / "context" / "patients.csv")
    for log in logs:
        if log.absolute() in caught:
            continue
        try:
            proposal = _proposal(log, accounts, patients)
        except InputError as error:
            left_out.append((log.absolute(), error))
            continue
        names = [proposal.name, *(f"{proposal.name}-{number}" for number in range(2, len(logs) + 2))]
        taken = {one.name for one in found}
        pattern = file_pattern(log, folder)
        files = [Path(path) for path in sorted(glob.glob(pattern))]  # noqa: PTH207 - an absolute glob
        caught.update(files)
        daily = bring_whole_days(
            files, proposal.format, ReadOptions(proposal.encoding, proposal.delimiter), proposal.columns
        )
        inside = Path(pattern).is_relative_to(folder.absolute())
        told = str(Path(pattern).relative_to(folder.absolute()) if inside else pattern)
        told = re.sub("[\udc80-\udcff]", "?", told)  # bytes of a name that are no UTF-8: the file of settings is
        name = next(name for name in names if name not in taken)
        found.append(ProposedSource(name, proposal, told, daily, pattern == glob.escape(str(log.absolute()))))
    if not found:
        raise left_out[0][1]
    return found, [str(error) for log, error in left_out if log not in caught]


def _proposal(log: Path, accounts: frozenset[str], patients: frozenset[str]) -> SourceProposal:
    """Return what is proposed for a log; raises InputError where it cannot be read."""
    from detector.sources import propose_source

    try:
        regular_status(log)
    except OSError as error:
        raise InputError(f"{path_text(log)} cannot be read: {error.strerror or error}") from error
    return propose_source(log, accounts, patients)


def _lines(
    session: Session,
    texts: Texts,
    target: Path,
    sources: list[ProposedSource],
    left_out: list[str],
    zone: tuple[str, str],
) -> Iterator[str]:
    """Yield what a person reads; what was written is checked by what checks it every night."""
    settings = load_settings(target)
    yield texts("init.written", path=path_text(target))
    for problem in left_out:
        told = shown(texts("init.left_out", problem=problem))
        yield from (session.paint(line, "red") for line in wrap(told, session.width))
    if sources:
        from detector.loading.survey import survey

        found = survey(settings, start=session.now)
        if found.blind:
            warning = shown(texts("init.blind", sources=texts.words(found.blind)))
            yield from (session.paint(line, "red", "bold") for line in wrap(warning, session.width))
        for proposed, one in zip(sources, found.sources, strict=True):
            yield ""
            yield from _source_lines(session, texts, proposed, one)
        for problem in [found.store_problem] if found.store_problem else []:
            yield from wrap(shown(texts("check.problem", text=problem)), session.width)
        yield ""
    yield from wrap(texts("init.zone", zone=zone[0], origin=texts(f"init.zone_{zone[1]}")), session.width)
    yield from wrap(texts("init.zone_fixed"), session.width)
    yield texts("init.next")
    place = "" if target.parent == Path() else f"--config {shlex.quote(path_text(target.parent))} "
    yield f"  detector {place}check"  # on one line, to be copied


def _source_lines(session: Session, texts: Texts, proposed: ProposedSource, found: SourceSurvey) -> Iterator[str]:
    from detector.cli.screens.source_screen import SourceScreen, open_order

    kind = texts.words([proposed.proposal.format, *filter(None, [proposed.proposal.encoding])])
    title = texts("init.source", name=proposed.name, path=path_text(proposed.path), count=len(found.files), format=kind)
    yield from (session.paint(line, "bold") for line in wrap(shown(title), session.width, "  "))
    if proposed.is_one_file:
        yield from _indented(session, texts("init.one_file"))
    screen = SourceScreen(texts, session.width, session.paint, found.understanding)
    yield from screen.needed()
    yield from screen.taken(proposed.proposal)
    yield from screen.not_understood()
    orders = list(open_order(found.order, texts)) if found.order is not None else []
    for told in orders:
        yield from _indented(session, told, "yellow")
    if screen.is_all_understood and not found.problems and not orders:
        whole = found.quarantined == found.no_records
        yield from _indented(session, texts("init.all_understood" if whole else "init.columns_understood"))
    if found.sample_rows:
        sample = texts("init.sample", rows=f"{found.sample_rows:,}", quarantined=f"{found.quarantined:,}")
        yield from _indented(session, texts.clauses([sample, *map(texts.message, found.reasons)]))
    for problem in found.unreadable:
        yield from _indented(session, texts("check.problem", text=problem), "red")


def _indented(session: Session, text: str, *styles: str) -> Iterator[str]:
    for line in wrap(shown(text), session.width - 2, "  "):
        yield session.paint(f"  {line}", *styles)


def _zone(given: str | None) -> tuple[str, str]:
    """Return the site's zone and where it is from. Raises UsageError where a zone that was given is unknown."""
    if given is not None:
        if not _is_zone(given):
            raise UsageError(f"unknown time zone {given!r}; use a name such as 'Asia/Shanghai'")
        return given, "option"
    found = {
        "variable": os.environ.get("TZ", "").lstrip(":"),
        "localtime": str(LOCALTIME.readlink()).partition("zoneinfo/")[2] if LOCALTIME.is_symlink() else "",
        "file": ZONE_FILE.read_text(encoding="utf-8", errors="replace").strip() if ZONE_FILE.is_file() else "",
    }
    regional = (origin for origin, zone in found.items() if "/" in zone and not zone.startswith("Etc/"))
    origin = next((origin for origin in regional if _is_zone(found[origin])), None)
    return (DEFAULT_ZONE, "default") if origin is None else (found[origin], origin)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        return False
    return True


COMMAND = Command(
    init,
    panel=Panel.SET_UP,
    order=10,
    examples=(
        "detector init",
        "detector init /srv/audit --from logs/his-202607.csv",
        "detector init --timezone Asia/Urumqi",
    ),
)
