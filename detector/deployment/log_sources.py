"""``[[source]]``: the logs of a deployment, their files, and what their headers and values mean."""

from __future__ import annotations

import datetime as dt
import glob
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from detector.deployment.checked_table import CheckedTable
from detector.deployment.database_view import SPOOLED, read_database
from detector.deployment.identity_rules import IdentityRule, read_identity
from detector.deployment.key import Key
from detector.deployment.outages import read_date
from detector.deployment.time_format import time_pattern
from detector.errors import ConfigError
from detector.model import event_columns


@dataclass(frozen=True, slots=True)
class Source:
    """One ``[[source]]``: the log of one system.

    ``path`` is an absolute glob; of a database, where ``url`` is not None, that of the files which its rows are put
    into. The files of a ``daily`` source bring whole days: the newest of them is over without a
    later event. ``until`` is the last date of a retired source: neither files nor events are expected afterwards.
    ``former_names`` are what the source was called before; its earlier events keep these names. ``columns`` maps
    canonical names to the file's headers, two of them with ``JOINED`` between; ``values`` maps for each canonical
    column the file's values to canonical ones. ``identity`` has the rules of its identifiers by column. ``timezone`` is
    the zone of its times without offset (None: the site's); ``time_format`` are the patterns of its times beside the
    known forms, see :mod:`detector.deployment.time_format`.
    ``session_user`` and ``tables`` say how the log of a database is read.
    """

    name: Annotated[
        str,
        Key(
            "text",
            "letters, digits, `_`, `-`, `.`; part of every event's identity; where it must change, keep the old "
            "one in `former_names`",
        ),
    ]
    format: Annotated[
        str | None,
        Key(
            "text",
            "`csv`, `database`, `db-audit`, `dicom-audit`, `excel`, `fhir-auditevent`, `ndjson`, `openemr`, `parquet`"
            " or `ruoyi`",
            "recognised file by file, by content",
        ),
    ]
    path: Annotated[
        str, Key("glob", '`"logs/his-*.csv"`; `.gz` and `.zip` are read as well; a database has `url` in its place')
    ]
    former_names: Annotated[
        tuple[str, ...],
        Key(
            "list of texts",
            "what the source was called before: earlier events keep that name, and files, duplicates and gaps are"
            " followed across both",
        ),
    ] = ()
    daily: Annotated[
        bool,
        Key("true or false", "its files hold one whole day each: the newest of them is over without a later event"),
    ] = False
    encoding: Annotated[
        str | None,
        Key("text", 'csv and ndjson: `"utf-8"`, `"gb18030"`, `"utf-16"`, …', "detected"),
    ] = None
    delimiter: Annotated[str | None, Key("one character", "csv: comma, tab, semicolon or `|`", "detected")] = None
    sheet: Annotated[str | None, Key("text", "excel: the sheet to read", "every sheet whose header fits")] = None
    timezone: Annotated[
        str | None,
        Key(
            "time zone",
            "of its times without offset, such as `UTC`: databases and containers often log in it",
            "the site's",
        ),
    ] = None
    time_format: Annotated[
        tuple[str, ...],
        Key(
            "text or list of texts",
            'strptime, such as `"%d/%m/%Y %H:%M"`, or `"fileman"`: beside the known forms; settles the order of day and'
            " month",
            "none",
        ),
    ] = ()
    columns: Annotated[
        Mapping[str, str],
        Key(
            "table",
            "canonical column = header of the file, where it is not known already; `event_time` may be a list of two,"
            " of the date and of the time of day",
        ),
    ] = field(default_factory=dict)
    values: Annotated[
        Mapping[str, Mapping[str, str]],
        Key(
            "table of tables",
            '`[source.values.action]` with `"病历浏览" = "view"`: value of the file = canonical value',
        ),
    ] = field(default_factory=dict)
    identity: Annotated[
        Mapping[str, IdentityRule],
        Key(
            "table",
            '`[source.identity]`, for `user_id` and `patient_id`: any of `case = "fold"`, `strip_domain = true`,'
            " `pad_to = 5` and `pattern = '^(\\d+)'`, whose first group is the identifier; see"
            " `detector guide identities`",
        ),
    ] = field(default_factory=dict)
    session_user: Annotated[
        tuple[str, ...],
        Key(
            "list of texts",
            'db-audit: `["app.current_user"]`, the variables in which an application names who works in a session of'
            " its pool user, by `SET` or `set_config`",
        ),
    ] = ()
    tables: Annotated[
        Mapping[str, str],
        Key(
            "table",
            'db-audit: `[source.tables]` with `"his.drug_order" = "medication"`: the kind of record that a table holds;'
            " all others are `other`",
        ),
    ] = field(default_factory=dict)
    url: Annotated[
        str | None,
        Key(
            "text",
            'database: `"postgresql://audit@his-db:5432/his"`, or `mysql://`, `mariadb://`, `mssql://`, `oracle://`;'
            " without the password",
        ),
    ] = None
    view: Annotated[str | None, Key("text", 'database: the view or table, such as `"audit.access_log"`')] = None
    watermark: Annotated[
        str | None,
        Key("text", "database: the column that grows with each row, such as its number or the time of logging"),
    ] = None
    password_env: Annotated[str | None, Key("text", "database: environment variable with the password")] = None
    password_file: Annotated[
        Path | None, Key("path", "database: file with the password, readable by the job alone (0600)")
    ] = None
    until: Annotated[
        dt.date | None,
        Key("date", "the last day of a system that is retired: afterwards neither files nor rows are expected"),
    ] = None

    @property
    def names(self) -> tuple[str, ...]:
        """Its present name and its former ones."""
        return self.name, *self.former_names


def read_sources(root: CheckedTable, folder: Path, spool: Path) -> tuple[Source, ...]:
    """Return the sources of a ``detector.toml``; relative paths are relative to ``folder``. Raises ConfigError.

    The rows of a database are put into a folder of ``spool`` that is called like the source.
    """
    sources: list[Source] = []
    for table in root.tables("source", "one for each system"):
        source = _source(table, folder, spool)
        if any(source.name == earlier.name for earlier in sources):
            raise table.error(f"{source.name!r} names an earlier source already", "name")
        sources.append(source)
    if not sources:
        raise ConfigError("at least one [[source]] is required", file=root.file)
    _check_former_names(root, sources)
    return tuple(sources)


def _check_former_names(root: CheckedTable, sources: list[Source]) -> None:
    """Raise ConfigError where two sources have a name in common, present or former."""
    owners = {source.name: place for place, source in enumerate(sources)}
    for place, source in enumerate(sources):
        for former in source.former_names:
            owner = owners.setdefault(former, place)
            if former == source.name or owner != place:
                raise root.error(
                    f"{former!r} is the name of source {sources[owner].name!r}", "source", place, "former_names"
                )


def _source(table: CheckedTable, folder: Path, spool: Path) -> Source:
    table.only(*Source.__dataclass_fields__)
    name = table.needed_text("name")
    if not re.fullmatch(r"[\w.-]+", name):
        raise table.error(f"must be made of letters, digits, '_', '-' and '.', not {name!r}", "name")
    encoding, delimiter = table.text("encoding"), table.values.get("delimiter")
    if encoding is not None:
        try:
            "".encode(encoding)
        except LookupError:
            raise table.error(
                f"unknown encoding {encoding!r}; known are utf-8, gb18030, utf-16 …", "encoding"
            ) from None
    if delimiter is not None and (not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '"\r\n'):
        raise table.error("must be one character, such as ',' or '\\t'", "delimiter")
    columns = table.table("columns")
    columns.only(*event_columns.COLUMNS)
    values = table.table("values")
    values.only(*event_columns.ENUMS)
    database = read_database(table, folder)
    if database:
        path = f"{glob.escape(str(spool / name))}/*{SPOOLED}"
    else:
        path = str(folder / Path(table.needed_text("path")).expanduser())
    return Source(
        name=name,
        format=table.text("format"),
        path=path,
        former_names=table.texts("former_names") or (),
        daily=table.flag("daily"),
        encoding=encoding,
        delimiter=delimiter,
        sheet=table.text("sheet"),
        timezone=table.zone("timezone"),
        time_format=_time_format(table),
        columns=_columns(columns),
        values={
            column: _canonical_values(values.table(column), event_columns.ENUMS[column]) for column in values.values
        },
        identity=read_identity(table.table("identity")),
        session_user=table.texts("session_user") or (),
        tables=_canonical_values(table.table("tables"), event_columns.ENUMS["category"]),
        until=read_date(table, "until"),
        **database,
    )


def _columns(table: CheckedTable) -> dict[str, str]:
    """Return the headers; two of `event_time`, of its date and its time of day, with `JOINED` between them."""
    columns: dict[str, str] = {}
    for column, given in table.values.items():
        if column != "event_time" or not isinstance(given, list):
            columns[column] = table.needed_text(column)
            continue
        headers = table.texts(column) or ()
        if len(headers) not in {1, 2}:
            raise table.error("must be one header, or a list of two: of the date and of the time of day", column)
        columns[column] = event_columns.JOINED.join(headers)
    return columns


def _time_format(table: CheckedTable) -> tuple[str, ...]:
    """Return the patterns; one may stand without a list."""
    given = table.values.get("time_format")
    single = isinstance(given, str)
    patterns = (table.needed_text("time_format"),) if single else table.texts("time_format") or ()
    if given == []:
        raise table.error("must not be empty", "time_format")
    for place, pattern in enumerate(patterns):
        try:
            time_pattern(pattern)
        except ValueError as error:
            raise table.error(str(error), "time_format", *([] if single else [place])) from None
    return patterns


def _canonical_values(table: CheckedTable, known: tuple[str, ...]) -> dict[str, str]:
    mapping = table.texts_by_key()
    for raw, canonical in mapping.items():
        table.check_word(canonical, known, raw)
    return mapping
