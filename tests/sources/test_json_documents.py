"""JSON in every shape that systems write it: which records it has, where, and what damage costs."""

from __future__ import annotations

import json
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.sources import decoded_text
from detector.sources.json_documents import CUT_OFF
from tests.site_folder import Deployment


def record(number: int, **more: object) -> dict[str, Any]:
    return {"操作时间": f"2026-06-01 08:{number % 60:02d}:00", "工号": f"n{number}", "操作类型": "浏览", **more}


def dump(value: object, **options: Any) -> str:
    return json.dumps(value, ensure_ascii=False, **options)


TWO = [record(1), record(2)]
ANSWER = {"code": 0, "time": "now", "data": {"list": TWO, "tags": [{"id": 1}] * 5}, "total": 2}
SHAPES = {
    "an array": dump(TWO),
    "an array over many lines": dump(TWO, indent=2) + "\n",
    "an array of one line each": "[\n" + ",\n".join(map(dump, TWO)) + "\n]\n",
    "lines": "\n".join(map(dump, TWO)),
    "lines with a mark and blank lines": "\ufeff" + "\r\n\r\n".join(map(dump, TWO)) + "\r\n",
    "an answer": dump(ANSWER),
    "an answer over many lines": dump(ANSWER, indent=1),
    "pages one after another": "".join(dump({"code": 0, "data": {"list": [one]}}) + "\n" for one in TWO),
    "pages in an array": dump([{"code": 0, "data": {"list": [one], "more": []}} for one in TWO]),
    "objects over many lines, one after another": "\n".join(dump(one, indent=2) for one in TWO),
    "two arrays": dump(TWO[:1]) + dump(TWO[1:]),
    "records with lists of their own": dump([{**one, "items": [{"id": 1, "n": 2}] * 3} for one in TWO]),
    "an answer without rows, then one": dump({"code": 0, "data": {"list": []}}) + "\n" + dump(TWO),
}


@pytest.fixture
def site(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path, source='name = "his"\npath = "logs/*"\n')


def load(site: Deployment, text: str | bytes) -> tuple[list[str], list[tuple[Any, ...]], tuple[Any, ...], str | None]:
    """Load a file; return its accounts in order, what was set aside, its counts and its problem."""
    site.put("a.json", text.encode() if isinstance(text, str) else text)
    problem = next((file.problem for file in site.load().files), None)
    users = [one[0] for one in site.query("select user_id from events order by row_number")]
    return users, site.quarantine(), site.counts()[0][1:], problem


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes(site: Deployment, shape: str) -> None:
    users, quarantined, counts, problem = load(site, SHAPES[shape])
    assert (users, quarantined, counts, problem) == (["n1", "n2"], [], (2, 2, 0, 0), None)
    for position, raw in site.query("select byte_position, raw from events"):
        assert SHAPES[shape].encode()[position:].startswith(raw.encode())
        assert json.loads(raw)["操作类型"] == "浏览"
    assert site.load().rows_read == 0


BROKEN = dump(record(9)).replace('"浏览"', '"he said "no" and left"')
DAMAGE = {
    "a line": ("\n".join([dump(TWO[0]), BROKEN, dump(TWO[1])]), [BROKEN]),
    "the first line": ("\n".join([BROKEN, dump(TWO[0]), dump(TWO[1])]), [BROKEN]),
    "two lines": ("\n".join([dump(TWO[0]), BROKEN, "{x", dump(TWO[1])]), [BROKEN, "{x"]),
    "the last line": ("\n".join([*map(dump, TWO), BROKEN, ""]), [BROKEN]),
    "an element": (f"[{dump(TWO[0])}, {BROKEN}, {dump(TWO[1])}]", [BROKEN]),
    "the first element": (f"[{BROKEN}, {dump(TWO[0])}, {dump(TWO[1])}]", [BROKEN]),
    "the last element": (f"[{dump(TWO[0])}, {dump(TWO[1])}, {BROKEN}]", [BROKEN]),
    "the last element of an answer": (
        f'{{"code": 0, "data": {{"list": [{dump(TWO[0])}, {dump(TWO[1])}, {BROKEN}]}}, "total": 3}}', [BROKEN]
    ),
    "an element of an answer": (
        f'{{"code": 0, "data": {{"list": [{dump(TWO[0])}, {BROKEN}, {dump(TWO[1])}]}}}}', [BROKEN]
    ),
    "elements that are no objects": (f"[{dump(TWO[0])}, 7, [1], {dump(TWO[1])}, null]", ["7", "[1]"]),
    "lines that are no objects": ("\n".join([dump(TWO[0]), "[1]", "hello", dump(TWO[1])]), ["[1]", "hello"]),
    "an element without its comma": (f"[{dump(TWO[0])} {dump(TWO[1])}]", []),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_keeps_to_itself(site: Deployment, damage: str) -> None:
    text, raws = DAMAGE[damage]
    users, quarantined, counts, problem = load(site, text)
    assert users == ["n1", "n2"]
    assert [one[3] for one in quarantined] == raws
    assert counts == (2 + len(raws), 2, 0, len(raws))
    assert problem is None
    assert all(text.encode()[one[1] :].startswith(one[3].encode()) for one in quarantined)


@pytest.mark.parametrize("shape", ["an array", "an array over many lines", "an answer"])
def test_what_is_whole_of_an_array_that_is_cut_off_counts(site: Deployment, shape: str) -> None:
    whole = SHAPES[shape].encode()
    cut = whole.rindex(b"n2")
    users, quarantined, counts, problem = load(site, whole[:cut])
    assert (users, counts, problem) == (["n1"], (2, 1, 0, 1), CUT_OFF)
    assert [one[0] for one in quarantined] == [2]
    users, quarantined, counts, problem = load(site, whole)
    assert (users, quarantined, counts) == (["n1", "n2"], [], (2, 2, 0, 0))
    assert site.query("select problem from files") == [(None,)]


def test_nested_keys_of_any_depth(tmp_path: Path) -> None:
    source = 'name = "his"\npath = "logs/*"\n[source.columns]\nuser_id = "who.person.no"\nvisit_id = "stay.no"\n'
    site = Deployment(tmp_path, source=source)
    first = {"what": {"event_time": "2026-06-01 08:00:00", "action": "read"}, "who": {"person": {"no": "0071"}},
             "patient": {"id": ["p1", "p2"], "department": "OB"}, "roles": ["nurse"]}  # fmt: skip
    site.put("a.json", dump([first, {**first, "stay": {"no": "v1"}, "patient": {"id": ["p3"]}}]).encode())
    site.load()
    assert site.counts() == [("a.json", 2, 2, 0, 0)]
    found = site.query("select user_id, patient_id, visit_id, user_department from events order by patient_id")
    assert found == [("0071", "p1", None, None), ("0071", "p2", None, None), ("0071", "p3", "v1", None)]


def test_keys_by_themselves(site: Deployment) -> None:
    one = {"timestamp": "2026-06-01 08:00:00", "actor": {"id": "u1"}, "patient": {"id": "p1"}, "action": "view"}
    site.put("a.json", dump(one).encode())
    site.load()
    assert site.query("select user_id, patient_id from events") == [("u1", "p1")]


@pytest.mark.parametrize("shape", ["lines", "array", "answer"])
def test_a_key_that_comes_late_in_a_large_file(site: Deployment, monkeypatch: pytest.MonkeyPatch, shape: str) -> None:
    monkeypatch.setattr(decoded_text, "BLOCK_BYTES", 4096)
    monkeypatch.setattr(decoded_text, "HEAD_BYTES", 4096)
    records = [record(number) for number in range(300)] + [record(300, 病历号="p1", other={"deep": "x"})]
    texts = {
        "array": dump(records),
        "lines": "\n".join(map(dump, records)),
        "answer": dump({"data": {"list": records}}),
    }
    users, _, counts, problem = load(site, texts[shape])
    assert (len(users), counts, problem) == (301, (301, 301, 0, 0), None)
    assert site.query("select user_id from events where patient_id = 'p1'") == [("n300",)]


def test_values_as_they_are_written(site: Deployment) -> None:
    text = '{"操作时间": 1780272000000, "工号": 1039, "病历号": 4.30123E+11, "操作类型": "浏览", "记录数": 12.0, "原因": "a\tb\\u0000"}'
    load(site, text)
    assert site.query("select user_id, record_count, patient_id from events") == []
    assert "4.30123E+11" in site.quarantine()[0][3]
    load(site, text.replace("4.30123E+11", "430123"))
    assert site.query("select user_id from events") == [("1039",)]
    assert site.query("select patient_id, record_count, reason from events") == [("430123", 12, "a\tb\ufffd")]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-8-sig"])
def test_encodings(site: Deployment, encoding: str) -> None:
    text = dump([record(1, 原因="護士站；急诊"), record(2, 原因="工、作")], indent=1)
    users, quarantined, _, problem = load(site, text.encode(encoding))
    assert (users, quarantined, problem) == (["n1", "n2"], [], None)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, '[{"a":' * 50_000, "[" + "9" * 9_999 + "]",
                                  '["' * 5_000, "[{" * 20_000, '{"a":[{"b":"' * 3_000])  # fmt: skip
def test_hostile_texts_end_soon_and_take_no_neighbour_along(site: Deployment, text: str) -> None:
    users, quarantined, counts, _ = load(site, f"{dump(TWO[0])}\n{text}\n{dump(TWO[1])}\n")
    assert set(users) == {"n1", "n2"}
    assert quarantined
    assert counts[0] == sum(counts[1:])


@given(st.lists(st.dictionaries(st.sampled_from(["工号", "病历号", "a", "b"]),
                                st.text(string.printable + "护\u2028\x00") | st.integers() | st.none()
                                | st.lists(st.integers(), max_size=3)), max_size=8),
       st.sampled_from(["array", "lines", "answer", "pretty"]), st.integers(3, 200))  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_every_record_is_found_whatever_the_windows(records: list[dict[str, Any]], shape: str, window: int) -> None:
    from detector.sources.formats.ndjson import JsonSplitter, flat
    from detector.sources.log_format import ReadOptions

    records = [record(number) | one | {"工号": "n"} for number, one in enumerate(records)]
    text = {"array": dump(records), "lines": "\n".join(map(dump, records)), "pretty": dump(records, indent=1),
            "answer": dump({"code": 0, "data": {"rows": records}})}[shape]  # fmt: skip
    splitter = JsonSplitter(ReadOptions())
    found, pending, place = [], "", 0
    while True:
        pending, place = pending + text[place : place + window], place + window
        final = place >= len(text)
        split = splitter.split(pending, final=final)
        found += [one.values for one in split.records]
        assert split.problem is None
        pending = pending[split.consumed :]
        if final:
            break
    assert pending == ""
    if shape != "answer" or records:
        assert found == [flat(one) for one in records]


@pytest.mark.parametrize(("key", "config"), [
    ("id", '[source.columns]\npatient_id = "patients.id"\n'), ("patient_id", ""), ("病历号", ""),
])  # fmt: skip
def test_patients_in_a_list_of_objects_are_an_event_each(tmp_path: Path, key: str, config: str) -> None:
    site = Deployment(tmp_path, source=f'name = "his"\npath = "logs/*"\n{config}')
    record = {"event_time": "2026-06-01 08:00:00", "user_id": "u1", "action": "view"}
    patients = [{key: "p1", "name": "A"}, {key: "p2", "name": "B"}, {key: None}]
    site.put("a.json", dump([record | {"patients": patients}, record | {"patients": patients[:1]}]).encode())
    site.load()
    assert site.query("select patient_id from events order by row_number, patient_id") == [("p1",), ("p2",), ("p1",)]
