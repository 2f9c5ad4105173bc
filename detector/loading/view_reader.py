"""Reading a view of a database server: in an order, from a watermark on, and never writing.

SQLAlchemy and the drivers belong to the extra ``db``; they are imported when a server is asked, and not before.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from detector.errors import MissingExtraError
from detector.loading.view_position import Watermark, is_watermark

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select, TableClause
    from sqlalchemy.engine import URL

    from detector.deployment.log_sources import Source

CONNECT_SECONDS: Final = 15
QUERY_SECONDS: Final = 900
MESSAGE_LENGTH: Final = 300


class ViewProblem(Exception):
    """A view cannot be read; says why, in one line and without a password or a value of the view."""


@dataclass(frozen=True, slots=True)
class Driver:
    """How a kind of server is spoken to.

    ``arguments`` are those of the driver's ``connect``; ``session`` are statements that begin a session,
    ``transaction`` those that begin a transaction: that it is read-only, where the server has that.
    """

    name: str
    arguments: Mapping[str, Any]
    session: tuple[str, ...] = ()
    transaction: tuple[str, ...] = ()


_MYSQL: Final = Driver(
    "mysql+pymysql",
    {"connect_timeout": CONNECT_SECONDS, "read_timeout": QUERY_SECONDS, "charset": "utf8mb4"},
    session=("set session transaction read only",),
)
DRIVERS: Final[Mapping[str, Driver]] = {
    "postgresql": Driver(
        "postgresql+psycopg",
        {"connect_timeout": CONNECT_SECONDS, "keepalives_idle": 30, "application_name": "detector"},
        session=(
            "set session characteristics as transaction read only",
            f"set statement_timeout = '{QUERY_SECONDS}s'",
        ),
    ),
    "mysql": _MYSQL,
    "mariadb": replace(_MYSQL, name="mariadb+pymysql"),
    "mssql": Driver("mssql+pymssql", {"login_timeout": CONNECT_SECONDS, "timeout": QUERY_SECONDS}),
    "oracle": Driver(
        "oracle+oracledb",
        {"tcp_connect_timeout": float(CONNECT_SECONDS)},
        transaction=("set transaction read only",),
    ),
}
"""By the scheme of ``url``. SQL Server has no read-only transaction: its account must be one that can only read."""


@dataclass(frozen=True, slots=True)
class ViewRow:
    """One row: its watermark, and its values as JSON has them, by column."""

    mark: Watermark
    values: Mapping[str, Any]


class ViewReader:
    """One view of a server that is connected to."""

    def __init__(self, connection: Connection, source: Source) -> None:
        """Take a connection; ask which columns the view of ``source`` has. Raises ViewProblem."""
        self._connection = connection
        self._begin = DRIVERS[urlsplit(source.url or "").scheme].transaction
        self._view = view_of(source.view or "")
        self.columns = self._columns()
        self.watermark = _named(source.watermark or "", self.columns)

    def rows(self, start: Watermark | None, limit: int, *, behind: bool = False) -> list[ViewRow]:
        """Return the rows from the watermark ``start`` on, the lowest first; ``behind``: those above it.

        Raises ViewProblem.
        """
        statement = batch(self._view, self.columns, self.watermark, start, limit, behind=behind)
        return self._rows(statement)

    def newest(self, limit: int) -> list[ViewRow]:
        """Return the rows with the highest watermarks, the highest first. Raises ViewProblem."""
        return self._rows(newest(self._view, self.columns, self.watermark, limit))

    def has_unmarked(self) -> bool:
        """Return whether some row has no watermark. Raises ViewProblem."""
        return bool(self._all(unmarked(self._view, self.watermark)))

    def _rows(self, statement: Select[Any]) -> list[ViewRow]:
        place = self.columns.index(self.watermark)
        return [
            ViewRow(_mark(row[place]), dict(zip(self.columns, map(json_value, row), strict=True)))
            for row in self._all(statement)
        ]

    def _all(self, statement: Select[Any]) -> Sequence[Sequence[Any]]:
        with asking("rows"), self._connection.begin():
            for text in self._begin:
                self._connection.exec_driver_sql(text)
            rows: Sequence[Sequence[Any]] = self._connection.execute(statement).all()
            return rows

    def _columns(self) -> tuple[str, ...]:
        from sqlalchemy import false, literal_column, select  # noqa: PLC0415

        with asking("columns"), self._connection.begin():
            found = self._connection.execute(select(literal_column("*")).select_from(self._view).where(false()))
            return tuple(found.keys())


@contextmanager
def open_view(source: Source) -> Iterator[ViewReader]:
    """Connect to the server of a source. Raises ViewProblem."""
    try:
        import sqlalchemy  # noqa: PLC0415
    except ImportError as error:
        raise ViewProblem(str(MissingExtraError("a source of format database", "db", error))) from None
    url, driver = address(source)
    try:
        engine = sqlalchemy.create_engine(
            url, connect_args=dict(driver.arguments), poolclass=sqlalchemy.NullPool, hide_parameters=True
        )
    except ImportError as error:
        raise ViewProblem(str(MissingExtraError("a source of format database", "db", error))) from None
    with asking("connect", secret=url.password):
        connection = engine.connect()
    try:
        with asking("connect", secret=url.password):
            for text in driver.session:
                connection.exec_driver_sql(text)
            connection.commit()
        yield ViewReader(connection, source)
    finally:
        connection.close()
        engine.dispose()


def address(source: Source) -> tuple[URL, Driver]:
    """Return the address of a source's server, with the password, and how it is spoken to. Raises ViewProblem."""
    from sqlalchemy import make_url  # noqa: PLC0415
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415

    try:
        url = make_url(source.url or "")
    except (ArgumentError, ValueError):
        raise ViewProblem("the url is no address of a server") from None
    driver = DRIVERS[url.drivername]
    return url.set(drivername=driver.name, password=password_of(source)), driver


def password_of(source: Source) -> str | None:
    """Return the password, None where the server asks for none. Raises ViewProblem."""
    if source.password_env is not None:
        password = os.environ.get(source.password_env, "")
        if not password:
            raise ViewProblem(f"the environment variable {source.password_env} with the password is not set")
        return password
    if source.password_file is None:
        return None
    return _kept_password(source.password_file)


def _kept_password(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & 0o077:
                raise ViewProblem(f"password_file {path} can be read by others: chmod 600 it, and change the password")
            return file.read(4096).rstrip("\r\n")
    except OSError as error:
        raise ViewProblem(f"password_file {path} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise ViewProblem(f"password_file {path} is not UTF-8 text") from None


@contextmanager
def asking(step: str, *, secret: str | None = None) -> Iterator[None]:
    """Turn what goes wrong with a server into one line; ``step`` is what it is asked: connect, columns, rows.

    It has the server's own words, but not of rows: there they may quote one.
    """
    from sqlalchemy.exc import DBAPIError, SQLAlchemyError  # noqa: PLC0415

    try:
        yield
    except DBAPIError as error:
        raise _problem(step, _code(error) if step == "rows" else _words(error.orig, secret)) from None
    except (SQLAlchemyError, OSError, ValueError, RuntimeError) as error:
        raise _problem(step, type(error).__name__ if step == "rows" else _words(error, secret)) from None


def _problem(step: str, said: str) -> ViewProblem:
    if step == "connect":
        return ViewProblem(f"cannot be reached: {said}")
    if step == "columns":
        return ViewProblem(f"cannot be asked for its columns: {said}")
    return ViewProblem(f"cannot be read: {said}")


def _words(error: BaseException | None, secret: str | None) -> str:
    """Return what a driver says, in one line, without the password."""
    parts = error.args if error is not None else ()
    texts = [part.decode(errors="replace") if isinstance(part, bytes) else str(part) for part in _flat(parts)]
    words = " ".join(" ".join(texts).split())
    if secret:
        words = words.replace(secret, "***")
    return words[:MESSAGE_LENGTH] or type(error).__name__


def _flat(parts: Sequence[Any]) -> Iterator[Any]:
    for part in parts:
        if isinstance(part, tuple | list):
            yield from _flat(part)
        else:
            yield part


def _code(error: Any) -> str:  # noqa: ANN401  (an error of any driver)
    """Return the kind of a server's error, and its number where it has one."""
    if error.connection_invalidated:
        return "the connection was lost"
    number = getattr(error.orig, "sqlstate", None) or next(iter(getattr(error.orig, "args", ())), None)
    number = getattr(number, "full_code", number)
    kind = type(error.orig).__name__
    return f"{kind} {number}" if isinstance(number, int) or (number and len(str(number)) <= 10) else kind


def view_of(name: str) -> TableClause:
    """Return a view or table by its name, with or without the schema before a dot."""
    from sqlalchemy import table  # noqa: PLC0415

    schema, _, last = name.rpartition(".")
    return table(last, schema=schema or None)


def batch(
    view: TableClause,
    columns: Sequence[str],
    watermark: str,
    start: Watermark | None,
    limit: int,
    *,
    behind: bool = False,
) -> Select[Any]:
    """Return the statement that reads rows from a watermark on, or ``behind`` it."""
    from sqlalchemy import DateTime, column, literal, select  # noqa: PLC0415

    mark = column(watermark)
    statement = select(*map(column, columns)).select_from(view)
    if start is None:
        statement = statement.where(mark.is_not(None))
    else:
        is_zoned = isinstance(start, dt.datetime) and start.tzinfo is not None
        bound = literal(start, DateTime(timezone=True)) if is_zoned else literal(start)
        statement = statement.where(mark > bound if behind else mark >= bound)
    return statement.order_by(mark).limit(limit)


def newest(view: TableClause, columns: Sequence[str], watermark: str, limit: int) -> Select[Any]:
    """Return the statement that reads the rows with the highest watermarks."""
    from sqlalchemy import column, select  # noqa: PLC0415

    mark = column(watermark)
    return select(*map(column, columns)).select_from(view).where(mark.is_not(None)).order_by(mark.desc()).limit(limit)


def unmarked(view: TableClause, watermark: str) -> Select[Any]:
    """Return the statement that asks for a row without watermark."""
    from sqlalchemy import column, literal_column, select  # noqa: PLC0415

    return select(literal_column("1")).select_from(view).where(column(watermark).is_(None)).limit(1)


def _named(name: str, columns: Sequence[str]) -> str:
    """Return the column that is called so, whatever the case. Raises ViewProblem."""
    if name in columns:
        return name
    alike = [one for one in columns if one.casefold() == name.casefold()]
    if len(alike) != 1:
        raise ViewProblem(f"the view has no column {name}; it has {', '.join(columns)}")
    return alike[0]


def _mark(value: object) -> Watermark:
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        return value.astimezone(dt.UTC)
    if isinstance(value, memoryview | bytearray):
        return bytes(value)
    if isinstance(value, Watermark) and is_watermark(value):
        return value
    raise ViewProblem(f"the watermark must be a number, a time or a text, not {type(value).__name__}")


def json_value(value: Any) -> Any:  # noqa: ANN401  (whatever a driver gives)
    """Return a value as a text, or as the list or object that it is; times with an offset are written in UTC.

    What has a list of objects in it becomes a text: rows would be looked for in it.
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list | dict):
        return value if _is_flat(value) else json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, Decimal):
        return format(value.to_integral_value() if value == value.to_integral_value() else value, "f")
    if isinstance(value, dt.datetime):
        return value.isoformat(" ") if value.tzinfo is None else value.astimezone(dt.UTC).isoformat()
    if isinstance(value, dt.timedelta):
        return str(value).rjust(8, "0")  # MySQL's time of day
    if isinstance(value, bytes | bytearray | memoryview):
        return _text_of(bytes(value))
    return json_value(value.read()) if hasattr(value, "read") else str(value)


def _is_flat(value: object) -> bool:
    """Return whether a value of JSON has no list of lists or objects."""
    if isinstance(value, list):
        return not any(isinstance(one, list | dict) for one in value)
    return not isinstance(value, dict) or all(map(_is_flat, value.values()))


def _text_of(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.hex()


def line_of(values: Mapping[str, Any]) -> bytes:
    """Return a row as a line of a file."""
    return json.dumps(values, ensure_ascii=False, default=str).encode("utf-8", "replace") + b"\n"
