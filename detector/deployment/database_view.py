"""The keys of a ``[[source]]`` whose log is a view of a database: server, view, watermark, and where its password is.

Nothing is asked of the server here, and no driver is needed.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from detector.deployment.checked_table import CheckedTable

DATABASE: Final = "database"
"""The format of such a source."""
SERVERS: Final = ("postgresql", "mysql", "mariadb", "mssql", "oracle")
"""What the scheme of a ``url`` may be."""
SPOOL: Final = "spool"
"""The folder beside the store that has the rows of databases, a folder for each source."""
SPOOLED: Final = ".ndjson.gz"
"""How their files end."""
DATABASE_KEYS: Final = ("url", "view", "watermark", "password_env", "password_file")
_SECRET: Final = re.compile(r"pass|pwd|secret|token", re.IGNORECASE)


def read_database(table: CheckedTable, folder: Path) -> dict[str, Any]:
    """Return the keys of a source that is a view, nothing for any other; relative paths are taken from ``folder``.

    Raises ConfigError; what it says never quotes the ``url``, in which somebody may have left a password.
    """
    if table.text("format") != DATABASE:
        for key in DATABASE_KEYS:
            if key in table.values:
                raise table.error(f'belongs to a source of format = "{DATABASE}"', key)
        return {}
    for key in ("path", "encoding", "delimiter", "sheet"):
        if key in table.values:
            raise table.error("does not belong to a database; url and view say what is read", key)
    if "password_env" in table.values and "password_file" in table.values:
        raise table.error("only one of password_env and password_file can be given", "password_file")
    url = table.needed_text("url")
    problem = _wrong_with(url)
    if problem is not None:
        raise table.error(problem, "url")
    return {
        "url": url,
        "view": table.needed_text("view"),
        "watermark": table.needed_text("watermark"),
        "password_env": table.text("password_env"),
        "password_file": table.path("password_file", folder),
    }


def _wrong_with(url: str) -> str | None:
    """Return what is wrong with the address of a server, without quoting it."""
    try:
        parts = urlsplit(url)
        is_secret = parts.password is not None or any(_SECRET.search(key) for key, _ in parse_qsl(parts.query))
        _ = parts.port
    except ValueError:
        return "is no address; write one such as 'postgresql://audit@his-db:5432/his'"
    if is_secret:
        return "holds a password; it belongs into password_env or password_file"
    if parts.scheme not in SERVERS:
        return f"must begin with one of {', '.join(f'{name}://' for name in SERVERS)}"
    return None
