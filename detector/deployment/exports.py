"""``[[export]]``: where findings are delivered, in which format, how.

The nightly job delivers to each of them by itself; ``detector export`` does so on demand. Which formats and kinds of
target there are is known to :mod:`detector.export`, which checks them before a night begins.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Final

from detector.deployment.checked_table import CheckedTable
from detector.deployment.key import Key
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

    to: Annotated[str, Key("text", "a file, `-`, or `udp://`, `tcp://`, `tls://`, `https://HOST:PORT`")]
    format: Annotated[str, Key("text", "`cef`, `leef`, `ecs`, `ocsf` or `ndjson`")]
    name: Annotated[str, Key("text", "for messages and `detector export --to NAME`", "the format")]
    all: Annotated[bool, Key("true or false", "every finding, not the alerts alone")] = False
    patient_numbers: Annotated[bool, Key("true or false", "record numbers instead of pseudonyms")] = False
    language: Annotated[Language | None, Key('`"zh"` or `"en"`', "of titles and sentences", "the site's")] = None
    ca_file: Annotated[
        Path | None,
        Key("path", "who signed the receiver's certificate", "the system's authorities"),
    ] = None
    client_certificate: Annotated[Path | None, Key("path", "ours, where the receiver asks for one")] = None
    client_key: Annotated[Path | None, Key("path", "its key", "in the certificate's file")] = None
    token_file: Annotated[Path | None, Key("path", "HEC: file with the token, readable by the job alone")] = None
    token_variable: Annotated[
        str,
        Key("text", "HEC: environment variable with the token, without a `token_file`"),
    ] = TOKEN_VARIABLE
    acknowledgement: Annotated[
        bool,
        Key("true or false", "HEC: wait until the indexers have it; the token must allow it"),
    ] = False
    index: Annotated[str | None, Key("text", "HEC: Splunk's index", "the token's")] = None
    framing: Annotated[str, Key("text", 'syslog over TCP: or `"newline"`')] = FRAMINGS[0]
    host: Annotated[str | None, Key("text", "what messages give as their host", "the machine's name")] = None
    max_message_bytes: Annotated[
        int | None,
        Key("whole number", "longer messages leave out evidence; 0 = no limit", "8000 for syslog, 2048 for UDP"),
    ] = None
    max_file_bytes: Annotated[
        int,
        Key("whole number", "a file that would grow beyond is rotated; 0 = never"),
    ] = 100_000_000
    keep_files: Annotated[int, Key("whole number", "rotated files that are kept")] = 10
    batch: Annotated[int, Key("whole number", "messages that are acknowledged together")] = 100
    time_limit: Annotated[float, Key("seconds", "after which a delivery leaves the rest for the next one")] = 120.0


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
