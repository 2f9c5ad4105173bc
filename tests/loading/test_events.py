"""Loading end to end: what becomes of rows, files and runs."""

from __future__ import annotations

import os
import shutil
from datetime import date, datetime
from pathlib import Path

import pytest

from detector.errors import ConfigError, InputError
from detector.loading.events import load_events
from detector.model import event_columns
from detector.store import open_store
from tests.site_folder import HEADER, Deployment, row


@pytest.fixture
def site(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path)


def assert_sums(site: Deployment) -> None:
    for name, read, accepted, duplicates, quarantined in site.counts():
        assert read == accepted + duplicates + quarantined, name
    stored = site.query("select coalesce(sum(accepted), 0) - (select count(*) from events) from files")
    assert stored == [(0,)]
    assert site.query("select event_id from events group by all having count(*) > 1") == []


def test_an_event_has_every_column(site: Deployment) -> None:
    header = ",".join(event_columns.COLUMNS)
    site.write(
        "a.csv",
        "E1,2026-06-01 00:08:38,01039,袁健,OB,nurse,203,NEO,V6,search,list,12,phone,10.1.2.3,WS4,HIS,s-1,failure,"
        '"why, not"',
        header=header,
    )
    site.load()
    assert site.query("select * exclude raw from events") == [(
        "his", 1, 1, len(header) + 1, "his:E1", datetime(2026, 5, 31, 16, 8, 38), datetime(2026, 6, 1, 0, 8, 38), date(2026, 6, 1),
        "01039", "袁健", "OB", "nurse", "203", "NEO", "V6", "search", "list", 12, "phone", "10.1.2.3", "WS4", "HIS",
        "s-1", "failure", "why, not",
    )]  # fmt: skip
    assert site.query("select raw from events")[0][0].startswith("E1,2026-06-01 00:08:38,01039")


def test_empty_fields_are_null_or_default(site: Deployment) -> None:
    site.write(
        "a.csv",
        'E1,2026-06-01 00:08:38, 01039 ,"",NULL,view,,,',
        header=HEADER.replace("action", "visit_id,action,record_count,outcome,reason"),
    )
    site.load()
    assert site.events("user_id, patient_id, visit_id, record_count, outcome, reason") == [
        ("01039", None, None, 1, "success", None)
    ]


def test_a_row_with_neither_account_nor_patient_does_not_count_towards_the_limit(site: Deployment) -> None:
    site.write("a.csv", row(1), "e2,2026-06-01 10:00:00,,,logout", "e3,2026-06-01 10:00:00,,p1,view")
    summary = site.load()
    assert (summary.quarantined, summary.no_records) == (2, 1)
    assert [one[2] for one in site.quarantine()] == ["no record: neither an account nor a patient", "no user_id"]


def test_rows_that_are_no_events_go_to_quarantine(site: Deployment) -> None:
    lines = [
        row(1), "e2,2026-02-30 10:00:00,u1,p1,view", "e3,2026-06-01 10:00:00,,p1,view", row(4, action="teleport"),
        "e5,2026-06-01 10:00:00,u1,p1", "e6,,u1,p1,view", row(7, action=""), row(8),
    ]  # fmt: skip
    site.write("a.csv", *lines)
    summary = site.load()
    assert (summary.rows_read, summary.accepted, summary.quarantined) == (8, 2, 6)
    found = site.quarantine()
    assert [(one[0], one[2]) for one in found] == [
        (2, "event_time is not a time: 2026-02-30 10:00:00"),
        (3, "no user_id"),
        (4, "unknown action: teleport"),
        (5, "4 columns instead of 5"),
        (6, "no event_time"),
        (7, "no action"),
    ]
    content = (site.folder / "logs" / "a.csv").read_bytes()
    for number, position, _, raw in found:
        assert raw == lines[number - 1]
        assert content[position:].startswith(raw.encode())
    assert_sums(site)


@pytest.mark.parametrize("count", ["-1", "1.5", "x", "99999999999999999999"])
def test_a_bad_record_count_is_named(site: Deployment, count: str) -> None:
    site.write("a.csv", row(1) + "," + count, row(2) + ",7", header=HEADER + ",record_count")
    site.load()
    assert [one[2] for one in site.quarantine()] == [f"record_count is not a whole number from 0: {count}"]
    assert site.events("record_count") == [(7,)]


@pytest.mark.parametrize(("text", "utc"), [
    ("2026-06-01 00:08:38", "2026-05-31 16:08:38"),
    ("2026-06-01T00:08:38", "2026-05-31 16:08:38"),
    ("2026-06-01 00:08:38.5", "2026-05-31 16:08:38.5"),
    ("2026-06-01 00:08:38.123456789", "2026-05-31 16:08:38.123456"),
    ("2026-06-01T00:08:38Z", "2026-06-01 00:08:38"),
    ("2026-06-01T00:08:38.3842263+01:00", "2026-05-31 23:08:38.384226"),
    ("2026-06-01 00:08:38-0330", "2026-06-01 03:38:38"),
    ("2026-06-01 00:08+08", "2026-05-31 16:08:00"),
    ("2026/6/1 0:08:38", "2026-05-31 16:08:38"),
    ("2026/06/01 00:08", "2026-05-31 16:08:00"),
    ("2026-06-01 00:08", "2026-05-31 16:08:00"),
    ("2026年6月1日 0:08:38", "2026-05-31 16:08:38"),
    ("20260601000838", "2026-05-31 16:08:38"),
    ("1780272518000", "2026-06-01 00:08:38"),
    ("1780272518", "2026-06-01 00:08:38"),
    ("1780272518123", "2026-06-01 00:08:38.123"),
])  # fmt: skip
def test_all_forms_of_time(site: Deployment, text: str, utc: str) -> None:
    site.write("a.csv", f"e1,{text},u1,p1,view", row(2))
    site.load()
    assert site.quarantine() == []
    assert site.events("event_time")[0][0] == datetime.fromisoformat(utc)


@pytest.mark.parametrize("text", [
    "2026-13-01 00:00:00", "2026-06-31 00:00:00", "2026-06-01 24:01:00", "2026-06-01", "yesterday", "12", "20261301000000",
    "0001-01-01 00:00:00", "9999-12-31 00:00:00", "infinity", "2026-06-01 00:08:38+99:00", "2026-06-01 00?08:38",
])  # fmt: skip
def test_what_is_no_time_is_quarantined(site: Deployment, text: str) -> None:
    site.write("a.csv", f"e1,{text},u1,p1,view", row(2))
    site.load()
    assert [one[0] for one in site.quarantine()] == [1]
    assert site.ids() == ["e2"]


def test_daylight_saving(site: Deployment) -> None:
    site.site["timezone"] = "America/New_York"
    times = [
        "2026-03-08 01:59:59",
        "2026-03-08 02:30:00",
        "2026-03-08 03:00:00",
        "2026-11-01 01:30:00",
        "2026-11-01 02:00:00",
    ]
    site.write("a.csv", *(f"e{index},{time},u1,p1,view" for index, time in enumerate(times)))
    site.load()
    assert [str(one[0]) for one in site.events("event_time")] == [
        "2026-03-08 06:59:59", "2026-03-08 07:30:00", "2026-03-08 07:00:00",
        "2026-11-01 06:30:00", "2026-11-01 07:00:00",
    ]  # fmt: skip
    assert [one[0] for one in site.events("business_date")] == [date(2026, 3, 8)] * 3 + [date(2026, 11, 1)] * 2


def test_chinese_headers_and_values_need_no_mapping(site: Deployment) -> None:
    site.write(
        "a.csv", "1,2026-06-01 08:00:00,01039,袁健,产科,护士,203,浏览,检验,10.1.1.1,成功",
        header="日志序号,操作时间,工号,操作员,所属科室,岗位,病历号,操作类型,数据类别,终端IP,操作结果", encoding="gb18030",
    )  # fmt: skip
    site.load()
    assert site.events(
        "event_id, user_id, user_name, user_department, patient_id, action, category, client_ip, outcome"
    ) == [("his:1", "01039", "袁健", "产科", "203", "view", "result", "10.1.1.1", "success")]


def test_a_file_without_needed_columns_is_quarantined_whole(site: Deployment) -> None:
    site.write("a.csv", "1,2", "3,4", header="foo,bar")
    site.write("b.csv", row(1))
    summary = site.load()
    assert summary.files[0].problem == "no column for event_time, user_id, action"
    assert [one[1:] for one in site.counts()] == [(2, 0, 0, 2), (1, 1, 0, 0)]
    assert_sums(site)


def test_a_mapping_that_was_missing_reads_the_quarantine_again(site: Deployment) -> None:
    site.write("a.csv", row(1), row(2, action="teleport"), row(3), row(3))
    site.load()
    parts = site.query("select part_id from event_parts")
    site.source += '[source.values.action]\nteleport = "view"\n'
    site.load()
    assert site.ids() == ["e1", "e2", "e3"]
    assert site.quarantine() == []
    assert site.counts() == [("a.csv", 4, 3, 1, 0)]
    assert site.query("select part_id from event_parts order by 1") == [*parts, (2,)]
    assert_sums(site)
    assert site.load().rows_read == 0


def test_the_same_id_with_the_same_content_is_a_duplicate(site: Deployment) -> None:
    site.write("a.csv", row(1), row(2), row(1), row(1))
    site.write("b.csv", row(2), row(3))
    site.load()
    assert site.ids() == ["e1", "e2", "e3"]
    assert [one[1:] for one in site.counts()] == [(4, 2, 2, 0), (2, 1, 1, 0)]
    assert_sums(site)


def test_the_same_id_with_other_content_is_another_event(site: Deployment) -> None:
    site.write("a.csv", row(1), row(1, patient="p2"), row(1), row(1, patient="p3"))
    site.load()
    site.write("b.csv", row(1, patient="p3"), row(1, patient="p4"), row(1, minute=9))
    site.load()
    assert site.ids() == ["e1", "e1~2", "e1~3", "e1~4", "e1~5"]
    assert [one[1:] for one in site.counts()] == [(4, 3, 1, 0), (3, 2, 1, 0)]
    assert site.query("select sum(renamed_ids) from files") == [(4,)]
    assert_sums(site)


def test_ids_that_look_like_variants_stay_apart(site: Deployment) -> None:
    lines = [
        "x,2026-06-01 08:00:00,u1,p1,view",
        "x~2,2026-06-01 08:00:00,u1,p1,view",
        "x.2,2026-06-01 08:00:00,u1,p1,view",
    ]
    site.write("a.csv", *lines)
    site.write("b.csv", *lines, "x,2026-06-01 08:00:00,u1,p9,view")
    site.load()
    assert site.ids() == ["x", "x.2", "x~2", "x~3"]
    assert [one[1:] for one in site.counts()] == [(3, 3, 0, 0), (4, 1, 3, 0)]


def test_a_variant_and_an_id_that_looks_like_it_in_one_file(site: Deployment) -> None:
    lines = [f"{name},2026-06-01 08:0{minute}:00,u1,p1,view" for minute, name in enumerate(["x", "x", "x~2", "x"])]
    site.write("a.csv", *lines)
    site.write("b.csv", "y,2026-06-01 09:00:00,u1,p1,view", "y,2026-06-01 09:01:00,u1,p1,view")
    site.write("c.csv", "y~2,2026-06-01 09:01:00,u1,p1,view", "y~2,2026-06-01 09:01:00,u1,p1,view", *lines)
    site.load()
    assert site.ids() == ["x", "x~2", "x~3", "x~4", "y", "y~2", "y~2~2"]
    assert [one[1:] for one in site.counts()] == [(4, 4, 0, 0), (2, 2, 0, 0), (6, 1, 5, 0)]


NO_ID = "event_time,user_id,patient_id,action"


def no_id(minute: int) -> str:
    return f"2026-06-01 08:{minute:02d}:00,u1,p1,view"


def test_without_ids_the_nth_identical_row_is_the_nth_event(site: Deployment) -> None:
    site.write("a.csv", no_id(1), no_id(1), no_id(2), header=NO_ID)
    site.load()
    site.write("b.csv", no_id(1), no_id(1), no_id(1), no_id(2), header=NO_ID)
    site.write("c.csv", no_id(1), header=NO_ID)
    site.load()
    assert len(site.ids()) == 4
    assert [one[1:] for one in site.counts()] == [(3, 3, 0, 0), (4, 1, 3, 0), (1, 0, 1, 0)]
    site.write("b.csv", no_id(1), no_id(1), no_id(1), no_id(2), no_id(1), no_id(1), header=NO_ID)
    site.load()
    assert len(site.ids()) == 6
    assert_sums(site)


def test_the_order_of_columns_is_free(site: Deployment) -> None:
    site.write("a.csv", no_id(1), header=NO_ID)
    site.write("b.csv", "view,u1,2026-06-01 08:01:00,p1", header="action,user_id,event_time,patient_id")
    site.load()
    assert [one[1:] for one in site.counts()] == [(1, 1, 0, 0), (1, 0, 1, 0)]


def test_the_same_files_again_add_nothing(site: Deployment) -> None:
    site.write("a.csv", row(1), "broken")
    first = site.load()
    again = site.load()
    assert (first.rows_read, again.rows_read, again.files) == (2, 0, [])
    os.utime(site.folder / "logs" / "a.csv")
    assert site.load().rows_read == 0
    assert site.counts() == [("a.csv", 2, 1, 0, 1)]


def test_a_file_that_grows(site: Deployment) -> None:
    for upto in range(1, 6):
        site.write("a.csv", *(row(number) for number in range(upto)))
        assert site.load().accepted == 1
    assert site.counts() == [("a.csv", 5, 5, 0, 0)]
    assert site.query("select row_number, byte_position from events order by 1")[-1][0] == 5
    assert_sums(site)


def test_a_renamed_rotated_and_compressed_file(site: Deployment) -> None:
    path = site.write("a.log", row(1), row(2))
    site.load()
    path.rename(path.with_name("a.log.1"))
    site.write("a.log", row(3))
    assert site.load().rows_read == 1
    content = path.with_name("a.log.1").read_bytes()
    path.with_name("a.log.1").unlink()
    site.put("a.log.1.gz", content)
    assert site.load().rows_read == 0
    assert sorted(site.counts()) == [("a.log", 1, 1, 0, 0), ("a.log.1.gz", 2, 2, 0, 0)]
    assert_sums(site)


def test_a_copy_is_read_and_all_its_rows_are_duplicates(site: Deployment) -> None:
    path = site.write("a.csv", row(1), row(2))
    site.load()
    shutil.copy(path, path.with_name("copy.csv"))
    site.load()
    assert site.counts() == [("a.csv", 2, 2, 0, 0), ("copy.csv", 2, 0, 2, 0)]
    assert site.load().rows_read == 0
    assert_sums(site)


def test_a_file_truncated_and_written_anew(site: Deployment) -> None:
    site.write("a.csv", row(1), row(2), row(3))
    site.load()
    site.write("a.csv", row(4))
    site.load()
    assert site.ids() == ["e1", "e2", "e3", "e4"]
    site.write("a.csv", row(4), row(5))
    assert site.load().rows_read == 1
    assert_sums(site)


@pytest.mark.heavy
def test_an_unterminated_last_line_that_is_continued(site: Deployment) -> None:
    whole = f"{HEADER}\n{row(1)}\n{row(2, patient='p2')}\n{row(3)}\n".encode()
    seen = set()
    for length in [*range(len(HEADER) - 2, len(whole), 5), len(whole)]:
        site.put("a.csv", whole[:length])
        site.load()
        seen.add(len(site.ids()))
        if length % 4 == 0:
            assert_sums(site)
    assert site.ids() == ["e1", "e2", "e3"]
    assert site.quarantine() == []
    assert site.counts()[-1][1:] == (3, 3, 0, 0)
    assert_sums(site)


def test_a_last_line_that_only_gets_its_line_end_stays(site: Deployment) -> None:
    site.put("a.csv", f"{HEADER}\n{row(1)}\n{row(2)}".encode())
    site.load()
    parts = site.query("select part_id from event_parts order by 1")
    assert len(parts) == 2
    site.put("a.csv", f"{HEADER}\n{row(1)}\n{row(2)}\n{row(3)}\n".encode())
    assert site.load().rows_read == 1
    assert site.query("select part_id from event_parts order by 1")[:2] == parts
    assert_sums(site)


def test_an_unclosed_quote_costs_nothing_where_its_line_is_a_row(site: Deployment) -> None:
    rows = [row(number) for number in range(3000)]
    rows[1000] = 'e1000,2026-06-01 08:00:00,u1,"p1,view'
    rows[2000] = 'e2000,"2026-06-01 08:00,u1'
    site.write("a.csv", *rows)
    site.load()
    assert site.counts() == [("a.csv", 3000, 2999, 0, 1)]
    assert site.quarantine()[0][0] == 2001
    assert site.query("select patient_id, raw from events where event_id = 'his:e1000'") == [("p1", rows[1000])]
    assert_sums(site)


def test_a_quote_at_the_end_of_a_growing_file_may_be_closed_or_not(site: Deployment) -> None:
    header = "event_id,event_time,user_id,patient_id,action,reason"
    reasons = ['"', '"two\n\nlines"', "x", '"', "y", '"\n"', '"']
    whole = "".join(f"{one}\n" for one in (header, *(f"{row(place)},{text}" for place, text in enumerate(reasons))))
    ends = [place for place, character in enumerate(whole) if character in '"\n' and place > len(header)]
    for end in [one + 1 for one in ends][::2]:
        site.put("a.csv", whole[:end].encode())
        site.load()
    site.put("a.csv", whole.encode())
    site.load()
    assert site.counts()[-1] == ("a.csv", 7, 7, 0, 0)
    assert [one[0] for one in site.query("select reason from events order by event_id")] == [
        '"', "two\n\nlines", "x", '"', "y", None, '"',
    ]  # fmt: skip


def test_line_ends_may_be_mixed(site: Deployment) -> None:
    site.put("a.csv", f"{HEADER}\r\n{row(1)}\n{row(2)}\r\n{row(3)}\r{row(4)}\n".encode())
    site.load()
    assert site.ids() == ["e1", "e2", "e3", "e4"]


def test_nul_bytes_and_huge_fields(site: Deployment) -> None:
    huge, too_long = row(4, patient="p" * (10 << 20)), row(5, patient="q" * (20 << 20))
    site.write("a.csv", row(1), row(2, patient="p\0"), row(3), huge, too_long, row(6))
    site.load()
    assert site.ids() == ["e1", "e2", "e3", "e4", "e6"]
    assert site.query("select patient_id, row_number from events where raw like '%␀%'") == [("p", 2)]
    assert [(one[0], one[2]) for one in site.quarantine()] == [(5, "longer than 16 MiB")]
    assert_sums(site)


def test_a_line_beyond_all_limits_is_one_rejected_row(site: Deployment) -> None:
    site.put("a.csv", f"{HEADER}\n{row(1)}\n".encode() + b"x" * (80 << 20) + f"\n{row(2)}\n".encode())
    site.load()
    assert site.ids() == ["e1", "e2"]
    assert site.counts() == [("a.csv", 3, 2, 0, 1)]
    number, position, reason, raw = site.quarantine()[0]
    assert (number, reason) == (2, "longer than 16 MiB without a line end")
    assert position == len(f"{HEADER}\n{row(1)}\n")
    assert len(raw) == 1 << 20
    assert site.query("select byte_position from events where row_number = 3")[0][0] == position + (80 << 20) + 1
    assert_sums(site)


def test_what_excel_writes_before_the_header(site: Deployment) -> None:
    site.put("a.csv", f"sep=;\n{HEADER}\n{row(1)}\n".replace(",", ";").encode())
    site.load()
    assert site.ids() == ["e1"]


def test_progress_counts_bytes(site: Deployment) -> None:
    class Steps:
        def __init__(self) -> None:
            self.steps: list[tuple[int, int]] = []

        def step(self, name: str, done: int, total: int, detail: str = "") -> None:
            self.steps.append((done, total))

    size = len(site.write("a.csv", row(1)).read_bytes()) + len(site.write("b.csv", row(2)).read_bytes())
    told, settings = Steps(), site.settings()
    with open_store(settings) as store:
        load_events(store, settings, progress=told)
    assert told.steps == [(0, size), (size // 2, size), (size // 2, size), (size, size), (size, size)]


def test_empty_header_only_folder_and_unreadable(site: Deployment) -> None:
    site.put("empty.csv", b"")
    site.write("header.csv")
    (site.folder / "logs" / "folder").mkdir()
    (site.folder / "logs" / "dangling").symlink_to("nowhere")
    site.write("good.csv", row(1))
    site.put("cut.csv.gz", f"{HEADER}\n{row(2)}\n".encode())
    packed = site.folder / "logs" / "cut.csv.gz"
    packed.write_bytes(packed.read_bytes()[:-6])
    summary = site.load()
    problems = {Path(one.path).name: one.problem for one in summary.files}
    assert problems["folder"] == "cannot be read: is a folder, not a file"
    assert problems["cut.csv.gz"] == "the gzip stream is cut off"
    assert "e1" in site.ids()
    assert_sums(site)
    site.load()
    assert_sums(site)


def test_utf16_and_late_chinese(site: Deployment) -> None:
    header = "event_id,event_time,user_id,patient_id,action,reason"
    site.write("u16.csv", row(1) + ",会诊", header=header, encoding="utf-16")
    site.write(
        "gb.csv",
        *(row(number) + ",x" for number in range(10, 4000)),
        row(4000) + ",会诊",
        header=header,
        encoding="gb18030",
    )
    site.load()
    assert site.query("select event_id from events where reason = '会诊' order by 1") == [("his:e1",), ("his:e4000",)]
    assert site.query("select encoding from files order by path") == [("gb18030",), ("utf-16-le",)]


def test_a_file_that_turns_out_to_be_gb18030_when_it_grows(site: Deployment) -> None:
    header = "event_id,event_time,user_id,patient_id,action,reason"
    site.write("a.csv", row(1) + ",x", header=header, encoding="gb18030")
    site.load()
    site.write("a.csv", row(1) + ",x", row(2) + ",会诊", header=header, encoding="gb18030")
    site.load()
    assert site.events("reason") == [("x",), ("会诊",)]


def test_broken_bytes_cost_their_rows_only(site: Deployment) -> None:
    header = "event_id,event_time,user_id,patient_id,action,reason"
    lines = [f"{row(number)},会诊".encode() for number in range(50)]
    lines[20] = row(20).encode() + b",\xff\xfe"
    site.put("a.csv", b"\n".join([header.encode(), *lines, b""]))
    site.load()
    assert site.counts() == [("a.csv", 50, 49, 0, 1)]
    assert site.quarantine()[0][2] == "bytes that are not valid in the file's encoding"
    assert site.quarantine()[0][3].endswith("\\xff\\xfe")


@pytest.mark.parametrize("delimiter", ["\t", ";", "|"])
def test_delimiters_are_found(site: Deployment, delimiter: str) -> None:
    site.write("a.csv", row(1).replace(",", delimiter), header=HEADER.replace(",", delimiter))
    site.load()
    assert site.ids() == ["e1"]


def test_no_files_at_all(site: Deployment) -> None:
    with pytest.raises(InputError, match="no source has any file"):
        site.load()


def test_an_unknown_format_is_a_configuration_error(site: Deployment) -> None:
    site.source = 'name = "his"\nformat = "tsv"\npath = "logs/*"\n'
    site.write("a.csv", row(1))
    with pytest.raises(ConfigError, match="unknown format"):
        site.load()


def test_a_name_that_is_the_account_serves_both_columns(site: Deployment) -> None:
    site.write("a.csv", "1,2026-06-01 08:00:00,admin,新增", header="操作序号,操作时间,操作人员,业务类型")
    site.load()
    assert site.events("event_id, user_id, user_name, action") == [("his:1", "admin", "admin", "create")]
