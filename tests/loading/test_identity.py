"""The content of an event, by which rows with one id are told apart."""

from __future__ import annotations

import duckdb

from detector.database.queries import sql_text
from detector.model.event_columns import COLUMNS


def test_the_content_is_all_that_a_log_says_but_the_id() -> None:
    connection = duckdb.connect()
    connection.execute(sql_text("load", "content_hash.sql"))
    event = ", ".join(f"'x' as {name}" for name in (*COLUMNS, "raw"))
    hashes = {}
    for name in (None, *COLUMNS, "raw"):
        other = f"* replace ('y' as {name})" if name else "*"
        query = f"select content_hash(event) from (select {other} from (select {event})) as event"
        hashes[name] = connection.execute(query).fetchall()[0][0]
    assert {name for name in hashes if hashes[name] == hashes[None]} == {None, "event_id", "raw"}
    assert len(set(hashes.values())) == len(COLUMNS)
