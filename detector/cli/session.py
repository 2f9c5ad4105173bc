"""What every command knows: the global options, and the deployment they lead to."""

from __future__ import annotations

import contextlib
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO
from zoneinfo import ZoneInfo

import typer

from detector.cli.render.formats import RowFormat, write_csv, write_lines, write_ndjson
from detector.cli.render.paint import Paint, wants_colour
from detector.cli.render.screen_table import ScreenColumn, table
from detector.cli.render.text import wrap
from detector.deployment.checked_table import nearest
from detector.deployment.groups import HospitalGroup, group_file, load_group
from detector.deployment.settings import FILE_NAME, Settings, configured_language, load_settings
from detector.errors import UsageError
from detector.texts import Texts, load_texts
from detector.texts.language import Language, choose_language

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from detector.store import Published
    from detector.trail import Entry, Officer, Trail

WIDEST = 120


@dataclass
class Session:
    """The global options of one call of ``detector``."""

    config: Path = Path(FILE_NAME)
    lang: Language | None = None
    colour: bool = True
    given_now: str | None = None

    @cached_property
    def settings(self) -> Settings:
        """The deployment; read once. Raises ConfigError."""
        return load_settings(self.config)

    @cached_property
    def now(self) -> datetime | None:
        """The instant that ``--now`` gives in the clock's place, None without it. Raises UsageError."""
        instant = self.given_instant
        if instant is None or instant.tzinfo:
            return instant
        return instant.replace(tzinfo=ZoneInfo(self.settings.site.timezone))

    @property
    def given_instant(self) -> datetime | None:
        """What ``--now`` says, on whatever clock. Raises UsageError where it is no time."""
        if self.given_now is None:
            return None
        try:
            return datetime.fromisoformat(self.given_now)
        except ValueError:
            raise UsageError(f"--now must be a time such as 2026-07-01T02:00, not {self.given_now!r}") from None

    @cached_property
    def group(self) -> HospitalGroup:
        """The group whose file the options lead to; read once. Raises ConfigError."""
        return load_group(group_file(self.config, Path(FILE_NAME)))

    def of_hospital(self, config: Path) -> Session:
        """Return the session of one of the group's deployments, in the same language."""
        return Session(config=config, lang=self.language, colour=self.colour)

    @property
    def language(self) -> Language:
        """The language of texts; it is known where there is no deployment yet, or its file is wrong."""
        return choose_language(self.lang, configured_language(self.config))

    @cached_property
    def texts(self) -> Texts:
        """What the command line says, in the session's language; its commands name the deployment that was named."""
        texts = load_texts(self.language)
        return texts if self.config == Path(FILE_NAME) else texts.at(str(self.config))

    @cached_property
    def paint(self) -> Paint:
        """Colour for the standard output, or none."""
        return Paint(wants_colour(sys.stdout, allowed=self.colour))

    @property
    def width(self) -> int:
        """Cells that a line may take."""
        return terminal_width()

    def published(self) -> AbstractContextManager[Published]:
        """Open the published copy for reading. Raises StoreError where there was no run yet."""
        from detector.store import open_published

        return open_published(self.settings)

    @property
    def trail(self) -> Trail:
        """The trail beside the store."""
        from detector.trail import Trail

        return Trail.of(self.settings)

    def officer(self, by: str | None = None) -> Officer:
        """Return who acts: the system account, or whom ``--by`` names."""
        from detector.trail import officer_of

        return officer_of(self.settings, by)

    def record(
        self,
        published: Published,
        kind: str,
        *details: Mapping[str, Any],
        officer: Officer | None = None,
    ) -> list[Entry]:
        """Write what is about to be shown or done into the trail; raises StoreError where that fails.

        Call it before anything about a patient is written out: no view without a record of it.
        """
        from detector.store.decision_tables import recorded_end

        who = officer if officer is not None else self.officer()
        return self.trail.append(who, kind, details, datetime.now(UTC), noted=recorded_end(published.connection)[0])

    def relative(self, path: str) -> str:
        """Return a path as it looks from the deployment's folder."""
        with contextlib.suppress(ValueError):
            return str(Path(path).relative_to(self.settings.folder))
        return path

    def local(self, instant: datetime) -> str:
        """Return an instant on the site's wall clock."""
        return instant.astimezone(ZoneInfo(self.settings.site.timezone)).strftime("%Y-%m-%d %H:%M")

    def known_source(self, name: str | None) -> None:
        """Raise UsageError where a source is asked for that the configuration does not name."""
        known = tuple(name for source in self.settings.sources for name in source.names)
        if name is not None and name not in known and not name.startswith("context:"):
            raise UsageError(f"no source {name!r}; {nearest(name, known)}")

    def say(self, lines: Iterable[str]) -> None:
        """Write lines for a person."""
        write_lines(lines, sys.stdout)

    def list_rows(
        self,
        rows: Sequence[Mapping[str, Any]],
        keys: Sequence[str],
        columns: Sequence[ScreenColumn],
        row_format: RowFormat,
        *,
        empty: str = "",
    ) -> None:
        """Write rows in the format asked for; ``empty`` is what a person reads where there are none."""
        if row_format is RowFormat.TABLE:
            self.say(
                table(columns, rows, width=self.width, paint=self.paint)
                if rows
                else wrap(empty, self.width)
                if empty
                else []
            )
            return
        stream = machine_stream()
        if row_format is RowFormat.CSV:
            write_csv(keys, rows, stream)
        else:
            write_ndjson(rows, stream)


def terminal_width() -> int:
    """Return how many cells a line may take."""
    return max(40, min(WIDEST, shutil.get_terminal_size((80, 24)).columns))


def machine_stream() -> TextIO:
    """Return the standard output, switched to UTF-8 for a machine format."""
    stream = sys.stdout
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8")
    return stream


def session_of(context: typer.Context) -> Session:
    """Return the session that the shell put into typer's context."""
    session = context.find_object(Session)
    return session if session is not None else Session()
