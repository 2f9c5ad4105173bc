"""``[source.identity]``: which texts of a log are one identifier, where that is not safe to say without the site."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from detector.deployment.checked_table import CheckedTable

IDENTITY_COLUMNS: Final = ("user_id", "patient_id")


@dataclass(frozen=True, slots=True)
class IdentityRule:
    r"""What makes an identifier of a column: applied in the order of the fields.

    ``strip_domain``: `DOMAIN\u1` and `u1@host` are `u1`. ``pattern``: its first group is the identifier, where it
    matches. ``fold``: capitals are small letters. ``pad_to``: so many digits has a number, zeros in front; 0: as it is.
    """

    strip_domain: bool = False
    pattern: str | None = None
    fold: bool = False
    pad_to: int = 0


def read_identity(table: CheckedTable) -> Mapping[str, IdentityRule]:
    """Return the rules by column. Raises ConfigError."""
    table.only(*IDENTITY_COLUMNS)
    return {column: _rule(table.table(column)) for column in IDENTITY_COLUMNS if column in table.values}


def _rule(table: CheckedTable) -> IdentityRule:
    table.only("case", "strip_domain", "pad_to", "pattern")
    pattern = table.text("pattern")
    if pattern is not None:
        problem = _problem(pattern)
        if problem is not None:
            raise table.error(f"is no pattern that can be used: {problem}", "pattern")
    pad_to = table.whole("pad_to", 0, 0)
    return IdentityRule(table.flag("strip_domain"), pattern, table.choice("case", ("fold",)) == "fold", pad_to)


def _problem(pattern: str) -> str | None:
    """Return why a pattern cannot be used, or None. The store matches it with RE2, which never takes long."""
    import duckdb  # noqa: PLC0415  (only a configuration with patterns needs it)

    try:
        if not re.compile(pattern).groups:
            return "it has no group, (…), which is the identifier"
        duckdb.execute("select regexp_extract('', ?, 1)", [pattern])
    except (re.error, duckdb.Error) as error:
        return str(error).splitlines()[0]
    return None
