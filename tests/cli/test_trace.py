"""``detector trace`` on a ward of ten nurses, one of whom opened contact pages that care does not explain."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from detector.cli.render.text import cells
from detector.tracing.trace import KEYS
from tests.cli.conftest import Done
from tests.tracing.worlds import World, day, named

Detector = Callable[..., Done]
CONTRACT = (
    "user_id", "rank", "leaked_patients_accessed", "leaked_patients_total", "expected", "lift", "p_value", "posterior",
    "unexplained_accesses", "first_access", "last_access", "indistinguishable_from", "complaints_needed",
)  # fmt: skip


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = World(tmp_path_factory.mktemp("ward"))
    ward = named("p", 100)
    for number, patient in enumerate(ward):
        world.stay([patient], number // 4)
        for nurse in range(3):
            world.opens(f"n{(number + nurse) % 10}", patient, number // 4)
    world.opens("n3", ward[40:60:2], 20, state="suspicious", flags=("contact",))
    for twin in ("t1", "t2"):
        world.opens(twin, named("q", 6), 3, role="doctor")
    world.staff["n3"] = "刘晓燕\u202e"
    world.publish()
    (world.folder / "harvest.csv").write_text(
        "patient_id,known_on\n" + "".join(f"{one},{day(22)}\n" for one in ward[40:56:2])
    )
    (world.folder / "twins.csv").write_text("patient_id\nq0\nq1\nq2\nq3\nq3\nghost\n")
    return world.folder


@pytest.fixture
def ward(written: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(written)
    monkeypatch.setenv("COLUMNS", "80")
    return written


def test_every_account_in_the_contracts_keys_best_first(ward: Path, detector: Detector) -> None:
    done = detector("trace", "--patients", "harvest.csv", "--format", "ndjson")
    assert (done.code, done.err) == (0, "")
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert rows[0]["user_id"] == "n3"
    assert {row["user_id"] for row in rows} == {*named("n", 10), "t1", "t2"}
    assert all(tuple(row) == KEYS for row in rows)
    assert KEYS[: len(CONTRACT)] == CONTRACT
    assert [row["rank"] for row in rows] == list(range(1, 13))
    assert sum(row["posterior"] for row in rows) <= 1
    assert [row["posterior"] for row in rows] == sorted((row["posterior"] for row in rows), reverse=True)
    assert rows[0]["leaked_patients_accessed"] == rows[0]["leaked_patients_total"] == 8
    assert rows[0]["unexplained_accesses"] == 8
    assert rows[0]["first_access"] < "2026-06-21" < rows[0]["last_access"] < "2026-06-22"
    assert rows[0]["posterior"] > 0.9
    assert rows[0]["complaints_needed"] == 0


def test_screens_in_both_languages(ward: Path, detector: Detector) -> None:
    english = detector("--lang", "en", "trace", "--patients", "harvest.csv", "--top", "3").out
    assert "n3 刘晓燕\\u202e stands out" in english
    assert "Accounts not shown: 9" in english
    assert "detector trace --patients harvest.csv --explain n3" in english
    chinese = detector("--lang", "zh", "trace", "--patients", "harvest.csv").out
    assert "最为突出" in chinese
    for text in (english, chinese):
        assert [line for line in text.splitlines() if cells(line) > 80] == []
        assert "\u202e" not in text


def test_what_cannot_be_told_apart_is_said(ward: Path, detector: Detector) -> None:
    done = detector("--lang", "en", "trace", "--patients", "twins.csv")
    assert done.code == 0
    assert done.err.splitlines() == [
        "detector: rows that name a patient again, counted once: 1",
        "detector: patient numbers unknown here and left out (1): ghost",
    ]
    assert "but cannot be told apart from t" in done.out
    assert "More complaints of this kind would hardly settle it." in done.out
    assert "Patients without a date: 4" in done.out
    rows = [json.loads(one) for one in detector("trace", "--patients", "twins.csv", "-f", "ndjson").out.splitlines()]
    assert rows[0]["indistinguishable_from"] == [rows[1]["user_id"]]
    assert {rows[0]["user_id"], rows[1]["user_id"]} == {"t1", "t2"}
    assert rows[0]["complaints_needed"] is None


def test_explained_patient_by_patient(ward: Path, detector: Detector) -> None:
    text = detector("--lang", "en", "trace", "--patients", "harvest.csv", "--explain", "n3").out
    assert "What speaks for the person" in text
    assert detector("--lang", "en", "trace", "--patients", "harvest.csv", "--explain", "n3").code == 0
    assert "contact page" in text
    assert "nothing" in text
    assert "The log shows what the account did" in text
    done = detector("trace", "--patients", "harvest.csv", "--explain", "n0", "--format", "ndjson")
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert len(rows) == 8
    assert {row["user_id"] for row in rows} == {"n0"}
    assert all(row["explained"] for row in rows if row["first_access"])
    assert any(row["first_access"] is None and row["days_before"] is None for row in rows)
    header = detector("trace", "--patients", "harvest.csv", "--explain", "n0", "--format", "csv").out.splitlines()[0]
    assert header.split(",") == list(rows[0])


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        ("", 3, "is empty"),
        ("patient_id\n", 3, "names no patient"),
        ("a,b\n1,2\n", 2, "no column of the first line is known as `patient_id`"),
        ("patient_id\nghost\n", 2, "none of the 1 patient numbers"),
    ],
)
def test_lists_that_name_nobody(
    ward: Path, detector: Detector, tmp_path: Path, content: str, code: int, words: str
) -> None:
    path = tmp_path / "list.csv"
    path.write_text(content)
    done = detector("trace", "--patients", str(path))
    assert done.code == code
    assert done.out == ""
    assert words in done.err
    assert len(done.err.splitlines()) == 1


def test_wrong_calls_are_one_line(ward: Path, detector: Detector) -> None:
    assert detector("trace").code == 2
    missing = detector("trace", "--patients", "nothing.csv")
    assert (missing.code, missing.err) == (3, "detector: nothing.csv cannot be read: No such file or directory\n")
    unknown = detector("trace", "--patients", "harvest.csv", "--explain", "nobody")
    assert (unknown.code, unknown.err) == (2, "detector: no account 'nobody' opened any record\n")
