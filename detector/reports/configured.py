"""The ``[[report]]`` of the configuration: checked before a night, written after it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from detector.deployment.checked_table import nearest
from detector.deployment.reports import ReportSettings
from detector.deployment.settings import Settings
from detector.errors import DetectorError
from detector.files.for_people import hand_out
from detector.files.permissions import make_folder
from detector.reports.composition import Report
from detector.reports.formats import formats
from detector.reports.kinds import report_kinds
from detector.reports.mail import NOT_FOR_MAIL, mail
from detector.store import open_published
from detector.texts.language import Language
from detector.trail import Trail


@dataclass(frozen=True, slots=True)
class Written:
    """One ``[[report]]`` after a night: the files written, or why it could not be written."""

    files: tuple[Path, ...] = ()
    problem: str = ""


def check_reports(settings: Settings) -> None:
    """Raise ConfigError where a ``[[report]]`` asks for a kind or format that does not exist, or to mail a paper."""
    kinds = report_kinds()
    for place, report in enumerate(settings.reports):
        if report.kind not in kinds:
            message = f"no kind of report {report.kind!r}; {nearest(report.kind, tuple(kinds))}"
            raise settings.error(message, "report", place, "kind")
        if report.mail is not None and not kinds[report.kind].mailed:
            raise settings.error(NOT_FOR_MAIL, "report", place, "mail")
        if report.format not in formats():
            message = f"no format {report.format!r}; {nearest(report.format, tuple(formats()))}"
            raise settings.error(message, "report", place, "format")


def write_reports(settings: Settings, language: Language) -> list[Written]:
    """Write every ``[[report]]``; one that fails does not keep the others from being written."""
    results = []
    for asked in settings.reports:
        try:
            with open_published(settings) as published:
                kind = report_kinds()[asked.kind]
                report = kind.compose(published, settings, asked.period, asked.lang or language, Trail.of(settings))
            results.append(Written(_write(settings, asked, report)))
        except DetectorError as error:
            results.append(Written(problem=str(error)))
    return results


def _write(settings: Settings, asked: ReportSettings, report: Report) -> tuple[Path, ...]:
    form = formats()[asked.format]
    content = form.write(report.document)
    files = []
    if asked.out is not None:
        files.append(dated(asked.out, report.period.last))
        _put(files[-1], content, settings.store.group)
    if asked.mail is not None:
        files.append(dated(asked.mail, report.period.last))
        _put(files[-1], mail(report, form, content, asked.mail_to), settings.store.group)
    return tuple(files)


def _put(path: Path, content: bytes, group: str | None) -> None:
    if not path.parent.exists():
        make_folder(path.parent, group)
    hand_out(path, content, group)


def dated(path: Path, day: dt.date) -> Path:
    """Return a path with ``{date}`` filled in."""
    return Path(str(path).replace("{date}", day.isoformat()))
