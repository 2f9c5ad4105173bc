"""``[[report]]``: the reports that the nightly job writes, also on a quiet night.

Which kinds and formats there are is known to :mod:`detector.reports`, which checks them before a night begins.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Final

from detector.deployment.checked_table import CheckedTable
from detector.deployment.key import Key
from detector.texts.language import LANGUAGES, Language

PERIODS: Final = ("day", "week", "month")


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """One ``[[report]]``. ``{date}`` in ``out`` and ``mail`` stands for the last business date.

    ``period`` is one of :data:`PERIODS`; ``mail`` is a file for a mail that is ready to send, to ``mail_to`` where
    that is given; ``lang`` is the site's language where it is None.
    """

    period: Annotated[str, Key("text", '`"day"`, `"week"`, `"month"`: each ends with the last business date')] = "day"
    format: Annotated[str, Key("text", '`"html"`, `"pdf"`, `"docx"`, `"xlsx"`, `"md"`, `"json"`')] = "html"
    out: Annotated[Path | None, Key("path", "the file; `{date}` in it becomes the last business date")] = None
    mail: Annotated[
        Path | None,
        Key(
            "path",
            "a mail that is ready to send, with the report attached; `{date}` as above. `out`, `mail` or both",
        ),
    ] = None
    mail_to: Annotated[str | None, Key("address", "its receiver: `sendmail -t < FILE` then sends it")] = None
    lang: Annotated[Language | None, Key('`"zh"` or `"en"`', "language of the report", "that of the run")] = None
    kind: Annotated[
        str,
        Key("text", '`"regular"`, or a paper: `"supervision"`, `"compliance-audit"`, `"exposure"`'),
    ] = "regular"


def read_reports(root: CheckedTable, folder: Path) -> tuple[ReportSettings, ...]:
    """Return the reports of a ``detector.toml``; relative paths are relative to ``folder``. Raises ConfigError."""
    return tuple(_report(table, folder) for table in root.tables("report", "one for each report"))


def _report(table: CheckedTable, folder: Path) -> ReportSettings:
    table.only(*(field.name for field in fields(ReportSettings)))
    period = table.choice("period", PERIODS) or "day"
    language = table.choice("lang", LANGUAGES)
    out, mail, receiver = table.path("out", folder), table.path("mail", folder), table.text("mail_to")
    if out is None and mail is None:
        raise table.error("needs 'out' or 'mail': where to write it")
    if receiver is not None and (not receiver.isprintable() or "@" not in receiver):
        raise table.error(f"must be an address such as 'audit@hospital.example', not {receiver!r}", "mail_to")
    kind, form = table.text("kind") or "regular", table.text("format") or "html"
    return ReportSettings(period, form, out, mail, receiver, language, kind)
