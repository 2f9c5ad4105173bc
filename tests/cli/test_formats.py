from __future__ import annotations

import csv
import io
import json

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from detector.cli.render.formats import csv_cell, json_line, write_csv
from detector.cli.render.frames import csv_bytes, ndjson_bytes

HOSTILE = [
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2",
    "@SUM(A1)",
    "\t=1",
    "＝1",
    "a\nb",
    "\x1b[31m",
    "\u202e",
    'q"uote',
    "ok",
    "",
]


def test_json_lines_keep_every_key_and_escape_direction_characters() -> None:
    line = json_line({"a": None, "b": "刘\u202e\n\x9b", "c": [1, {"d": "x"}]})
    assert line == '{"a": null, "b": "刘\\u202e\\n\\u009b", "c": [1, {"d": "x"}]}'
    assert json.loads(line)["b"] == "刘\u202e\n\x9b"


@given(st.dictionaries(st.text(), st.none() | st.text() | st.integers() | st.booleans()))
def test_json_lines_round_trip_on_one_line(value: dict[str, object]) -> None:
    line = json_line(value)
    assert "\n" not in line
    assert json.loads(line) == value


def test_spreadsheet_formulas_are_defused() -> None:
    for text in HOSTILE[:6]:
        assert str(csv_cell(text)).startswith("'")
    assert csv_cell(-2) == -2
    assert csv_cell("ok") == "ok"
    assert csv_cell(["a", "b"]) == "a|b"
    assert csv_cell(["=a"]) == "'=a"
    assert csv_cell([{"text": "x"}]) == '[{"text": "x"}]'
    assert csv_cell(None) is None


def test_csv_of_rows_and_of_frames_agree() -> None:
    stream = io.StringIO()
    write_csv(["a", "n"], [{"a": text or None, "n": 1} for text in HOSTILE], stream)
    by_row = list(csv.reader(io.StringIO(stream.getvalue())))[1:]
    frame = pl.DataFrame({"a": [text or None for text in HOSTILE], "n": [1] * len(HOSTILE)})
    by_frame = list(csv.reader(io.StringIO(csv_bytes(frame).decode())))
    assert by_frame[0] == by_row[0]
    assert by_frame == by_row


def test_ndjson_of_frames_keeps_nulls() -> None:
    lines = ndjson_bytes(pl.DataFrame({"a": ["x\u202e\n", None], "n": [None, 2]})).decode().splitlines()
    assert [json.loads(line) for line in lines] == [{"a": "x\u202e\n", "n": None}, {"a": None, "n": 2}]
    assert "\u202e" not in lines[0]
