"""A row that names several patients is one row of the accounting and one event per patient."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from detector.loading.chunk_commit import add_events, each_patients_event, identified_rows
from detector.loading.loaded_file import LoadedFile
from detector.loading.row_times import RowTimes
from detector.model.event_columns import COLUMNS
from detector.store import open_store
from tests.loading.test_chunk_commit import LATEST
from tests.site_folder import Deployment, row

EVENTS = "select event_id, patient_id from events order by file_id, row_number, length(event_id), event_id"
WITH_COUNTS = "event_id,event_time,user_id,patient_id,action,visit_id,record_count"


@pytest.fixture
def site(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path)


def counts(site: Deployment) -> list[tuple[int, ...]]:
    return site.query("select rows_read, accepted, duplicates, quarantined from files order by file_id")


def test_each_patient_is_an_event_and_the_row_is_counted_once(site: Deployment) -> None:
    site.write("a.csv", row(1, patient="p1;p2;p3"), row(2, patient="p1"), row(1, patient="p1；p2；p3"))
    site.load()
    assert site.query(EVENTS) == [("his:e1", "p1"), ("his:e1#2", "p2"), ("his:e1#3", "p3"), ("his:e2", "p1")]
    assert counts(site) == [(3, 2, 1, 0)]
    assert site.query("select rows, log_rows from event_parts") == [(4, 2)]


def test_the_same_row_in_another_file_is_a_duplicate_and_other_patients_another_event(site: Deployment) -> None:
    site.write("a.csv", row(1, patient="p1;p2"))
    site.load()
    site.write("b.csv", row(1, patient="p1;p2"), row(1, patient="p1;p3"), row(1, patient="p1"))
    site.load()
    assert site.query(EVENTS) == [
        ("his:e1", "p1"), ("his:e1#2", "p2"), ("his:e1~2", "p1"), ("his:e1~2#2", "p3"), ("his:e1~3", "p1"),
    ]  # fmt: skip
    assert counts(site) == [(1, 1, 0, 0), (3, 2, 1, 0)]
    site.write("c.csv", row(1, patient="p1;p3"), row(1, patient="p1"), row(1, patient="p1;p2"))
    site.load()
    assert counts(site)[-1] == (3, 0, 3, 0)


def test_rows_without_an_id_have_one_for_all_their_patients(site: Deployment) -> None:
    header, line = "event_time,user_id,patient_id,action", "2026-06-01 08:00:00,u1,p1;p2,view"
    for name in ("a.csv", "b.csv"):
        site.write(name, line, line, header=header)
    site.load()
    ids = [event_id for event_id, _ in site.query(EVENTS)]
    assert len(ids) == 4
    assert [event_id.removeprefix(ids[0]) for event_id in ids] == ["", "#2", ".2", ".2#2"]
    assert counts(site) == [(2, 2, 0, 0), (2, 0, 2, 0)]


def test_visits_go_with_their_patients_and_records_are_shared_out(site: Deployment) -> None:
    site.write(
        "a.csv",
        "e1,2026-06-01 08:00:00,u1,p1;p2,print,V1;V2,9", "e2,2026-06-01 08:00:00,u1,p1;p2,print,V1,",
        "e3,2026-06-01 08:00:00,u1,p1,print,V1,9", "e4,2026-06-01 08:00:00,u1,p1;p2,print,,0", header=WITH_COUNTS,
    )  # fmt: skip
    site.load()
    assert site.query("select event_id, visit_id, record_count from events order by 1") == [
        ("his:e1", "V1", 8), ("his:e1#2", "V2", 1), ("his:e2", "V1", 1), ("his:e2#2", "V1", 1), ("his:e3", "V1", 9),
        ("his:e4", None, 0), ("his:e4#2", None, 0),
    ]  # fmt: skip
    site.write("b.csv", *(site.folder / "logs/a.csv").read_text().splitlines()[1:], header=WITH_COUNTS)
    site.load()
    assert counts(site)[-1] == (4, 0, 4, 0)


def test_events_of_one_patient_each_stay_as_they_are() -> None:
    events = pa.table({"patient_id": pa.chunked_array([["p1", None]]), "event_id": pa.chunked_array([["a", "b"]])})
    assert each_patients_event(events) is events


def test_a_row_whose_value_is_understood_otherwise_now_is_no_second_event(site: Deployment) -> None:
    header = "event_id,event_time,user_id,patient_id,action,category"
    lines = [
        f"e{number},2026-06-01 08:00:0{number},u1,p1,{action},vitals" for number, action in ((1, "view"), (2, "look"))
    ]
    site.write("a.csv", *lines, lines[0], header=header)
    site.load()
    assert counts(site) == [(3, 1, 1, 1)]
    site.source += '[source.values.action]\nlook = "view"\n[source.values.category]\nvitals = "result"\n'
    site.load()
    assert counts(site) == [(3, 2, 1, 0)]
    assert site.query("select event_id from events order by 1") == [("his:e1",), ("his:e2",)]


def test_a_value_of_the_site_is_compared_as_the_log_s_is(site: Deployment) -> None:
    site.write("a.csv", row(1, action="封存\u200b"), row(2, action="封存"))
    site.source += '[source.values.action]\n"\\u202e封存" = "other"\n'
    site.load()
    assert counts(site) == [(2, 2, 0, 0)]


def requests(*records: tuple[str, str, str, str, str]) -> pa.Table:
    """Rows of a format that has requests: id of the request, second, account, patient, action."""
    columns = {name: [None] * len(records) for name in (*COLUMNS, "problem", "content", "raw")}
    columns |= {name: list(values) for name, values in zip(
        ("request_id", "event_time", "user_id", "patient_id", "action"), zip(*records, strict=True), strict=True
    )}  # fmt: skip
    columns["event_id"] = columns["request_id"]
    columns["event_time"] = [f"2026-06-01 08:00:{second}" for second in columns["event_time"]]
    table = pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
    numbers = pa.array(range(1, len(records) + 1), pa.int64())
    for name in ("row_number", "byte_position"):
        table = table.append_column(name, numbers)
    place = table.column_names.index("record_count")
    return table.set_column(place, "record_count", pa.array([1] * len(records), pa.int64()))


def test_the_second_record_of_a_request_is_a_duplicate_whatever_else_it_says(site: Deployment) -> None:
    settings = site.settings()
    source, file = settings.sources[0], LoadedFile(1, "his", "a", "csv", "")
    rows = requests(
        ("r1", "01", "u1", "p1", "view"), ("r1", "02", "u1", "p1", "view"), ("r1", "01", "u1", "p2", "view")
    )
    with open_store(settings, threads=1) as store:
        times = RowTimes(store.connection, "UTC", source, LATEST)
        times.create_macros()
        identified = identified_rows(store, times, source, file, rows)
        assert (identified.accepted, identified.duplicates) == (2, 1)
        add_events(store, "his", file, identified, rows)
        later = requests(("r1", "59", "u1", "p2", "view"), ("r1", "59", "u1", "p1", "update"))
        identified = identified_rows(store, times, source, replace(file, file_id=2), later)
        assert (identified.accepted, identified.duplicates) == (1, 1)
