"""``[[export]]``: where findings are delivered, in which format, how.

The nightly job delivers to each of them by itself; ``detector export`` does so on demand. Which formats and kinds of
target there are is known to :mod:`detector.export`, which checks them before a night begins.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

from detector.deployment.checked_table import CheckedTable
from detector.texts.language import LANGUAGES, Language

TOKEN_VARIABLE: Final = "DETECTOR_HEC_TOKEN"  # noqa: S105  (the name of a variable, not a token)
FRAMINGS: Final = ("octet-counting", "newline")


@dataclass(frozen=True)
class Export:
    """One ``[[export]]``: a target (a file, ``-``, ``udp://`` ``tcp://`` ``tls://`` ``https://``) and its format.

    ``all`` sends every finding instead of the alerts; ``patient_numbers`` shows record numbers instead of keyed
    pseudonyms. ``ca_file``, ``client_certificate`` and ``client_key`` are for TLS; the token of an HTTP event collector
    is read from ``token_file``, else from the environment variable ``token_variable``; ``acknowledgement`` waits for
    its indexer. ``framing`` is that of syslog over TCP. Sizes are in bytes, 0 stands for no limit; ``time_limit`` is in
    seconds, for all that one delivery sends.
    """

    to: str
    format: str
    name: str
    all: bool = False
    patient_numbers: bool = False
    language: Language | None = None
    ca_file: Path | None = None
    client_certificate: Path | None = None
    client_key: Path | None = None
    token_file: Path | None = None
    token_variable: str = TOKEN_VARIABLE
    acknowledgement: bool = False
    index: str | None = None
    framing: str = FRAMINGS[0]
    host: str | None = None
    max_message_bytes: int | None = None
    max_file_bytes: int = 100_000_000
    keep_files: int = 10
    batch: int = 100
    time_limit: float = 120.0


def read_exports(root: CheckedTable, folder: Path) -> tuple[Export, ...]:
    """Return the exports of a ``detector.toml``; relative paths are relative to ``folder``. Raises ConfigError."""
    exports: list[Export] = []
    for table in root.tables("export", "one for each receiver"):
        export = _export(table, folder)
        for earlier in exports:
            if export.name == earlier.name:
                raise table.error(f"{export.name!r} names an earlier export already", "name")
            if (export.to, export.format) == (earlier.to, earlier.format):
                raise table.error(f"{earlier.name!r} delivers this format there already", "to")
        exports.append(export)
    return tuple(exports)


def _export(table: CheckedTable, folder: Path) -> Export:
    table.only(*(field.name for field in fields(Export)))
    target, form = table.needed_text("to"), table.needed_text("format")
    language = table.choice("language", LANGUAGES)
    framing = table.choice("framing", FRAMINGS) or FRAMINGS[0]
    certificate, key = table.path("client_certificate", folder), table.path("client_key", folder)
    if key is not None and certificate is None:
        raise table.error("needs a client_certificate beside it", "client_key")
    return Export(
        to=absolute(target, folder),
        format=form,
        name=table.text("name") or form,
        all=table.flag("all"),
        patient_numbers=table.flag("patient_numbers"),
        language=language,
        ca_file=table.path("ca_file", folder),
        client_certificate=certificate,
        client_key=key,
        token_file=table.path("token_file", folder),
        token_variable=table.text("token_variable") or TOKEN_VARIABLE,
        acknowledgement=table.flag("acknowledgement"),
        index=table.text("index"),
        framing=framing,
        host=table.text("host"),
        max_message_bytes=None if "max_message_bytes" not in table.values else table.whole("max_message_bytes", 0, 0),
        max_file_bytes=table.whole("max_file_bytes", Export.max_file_bytes, 0),
        keep_files=table.whole("keep_files", Export.keep_files, 1),
        batch=table.whole("batch", Export.batch, 1),
        time_limit=table.number("time_limit", Export.time_limit, lambda value: value > 0, "more than 0 seconds"),
    )


def absolute(target: str, folder: Path) -> str:
    """Return a target with a relative file name taken from ``folder``; what has a scheme, and ``-``, stay."""
    if target == "-" or "://" in target:
        return target
    return str(folder / Path(target).expanduser())
