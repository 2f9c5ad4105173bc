"""What ``[detection]`` says, as the one row of the temporary table ``site_rules`` that SQL reads."""

from __future__ import annotations

import duckdb

from detector.deployment.detection import DetectionSettings
from detector.model.tables.night import SITE_RULES


def create_site_rules(connection: duckdb.DuckDBPyConnection, rules: DetectionSettings) -> None:
    """Create ``site_rules``: one row, one column per field of the settings. Words are in lower case, codes in upper."""
    connection.execute(SITE_RULES.create_temporary())
    marks = ", ".join(f"${name}" for name in SITE_RULES.names)
    values = {name: _value(name, getattr(rules, name)) for name in SITE_RULES.names}
    connection.execute(f"insert into site_rules values ({marks})", values)


def _value(name: str, value: object) -> object:
    if not isinstance(value, tuple):
        return value
    if name == "test_patients":
        return list(value)
    return [text.upper() if name.endswith("_codes") else text.lower() for text in value]
