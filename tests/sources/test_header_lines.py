"""Headers among the records: one that comes again is no record, another one changes what follows."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from detector.sources import text_chunks
from tests.site_folder import Deployment

COLUMNS = ("event_id", "event_time", "user_id", "patient_id", "action")


@pytest.fixture(params=["whole", "in small windows"])
def site(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Deployment:
    if request.param != "whole":
        for name, size in {"WINDOW_BYTES": 300, "HEAD_BYTES": 200, "HEADER_BYTES": 100}.items():
            monkeypatch.setattr(text_chunks, name, size)
    return Deployment(tmp_path)


def line(number: int, columns: tuple[str, ...] = COLUMNS, **more: str) -> str:
    values = {
        "event_id": f"e{number}", "event_time": f"2026-06-01 08:{number % 60:02d}:00", "user_id": f"u{number}",
        "patient_id": f"p{number}", "action": "view", "client_ip": "10.0.0.5", **more,
    }  # fmt: skip
    return ",".join(values[name] for name in columns)


def assert_every_row_is_right(site: Deployment, numbers: range) -> None:
    assert site.quarantine() == []
    assert sorted(site.query("select event_id, user_id, patient_id, action from events")) == sorted(
        (f"his:e{number}", f"u{number}", f"p{number}", "view") for number in numbers
    )
    content = {path.name: path.read_bytes() for path in (site.folder / "logs").iterdir() if path.suffix == ".csv"}
    for name, position, raw in site.query(
        "select parse_filename(path), byte_position, raw from events join files using (file_id)"
    ):
        assert name not in content or content[name][position:].startswith(raw.encode())


@pytest.mark.parametrize("order", [*permutations(COLUMNS)][7::29])
def test_another_order_in_the_middle(site: Deployment, order: tuple[str, ...]) -> None:
    lines = [line(number) for number in range(20)]
    lines += [",".join(order), *(line(number, order) for number in range(20, 40))]
    lines += [",".join(COLUMNS), *(line(number) for number in range(40, 50))]
    site.write("a.csv", *lines)
    assert site.load().rows_read == 50
    assert_every_row_is_right(site, range(50))
    numbers = site.query("select row_number from events order by event_time, event_id")
    assert sorted(numbers) == [(number,) for number in range(1, 51)]


@pytest.mark.parametrize("header", [
    ("event_id", "event_time", "user_id", "client_ip", "patient_id", "action"), ("user_id", "event_time", "action"),
])  # fmt: skip
def test_another_width_in_the_middle(site: Deployment, header: tuple[str, ...]) -> None:
    site.write("a.csv", line(1), line(2), ",".join(header), line(3, header), line(4, header))
    summary = site.load()
    assert (summary.rows_read, summary.quarantined) == (4, 0)
    assert site.query("select user_id from events order by event_time") == [("u1",), ("u2",), ("u3",), ("u4",)]


def test_chinese_names_in_the_middle_and_quotes(site: Deployment) -> None:
    site.write(
        "a.csv",
        line(1),
        '"日志序号","病历号","操作类型","工号","操作时间"',
        '"e2","p2","浏览","u2","2026-06-01 08:02:00"',
    )
    site.load()
    assert_every_row_is_right(site, range(1, 3))


def test_the_same_header_again_is_no_row(site: Deployment) -> None:
    header = ",".join(COLUMNS)
    site.write("a.csv", *(text for number in range(30) for text in (line(number), header)))
    summary = site.load()
    assert (summary.rows_read, len(summary.files)) == (30, 1)
    assert_every_row_is_right(site, range(30))
    assert site.query("select row_number from events order by 1") == [(number,) for number in range(1, 31)]


def test_the_configured_names_are_known_in_the_middle(site: Deployment) -> None:
    site.source += '[source.columns]\nuser_id = "Kennung"\n'
    site.write(
        "a.csv", line(1), "Kennung,event_id,patient_id,action,event_time", "u2,e2,p2,view,2026-06-01 08:02:00",
        header="event_id,event_time,Kennung,patient_id,action",
    )  # fmt: skip
    site.load()
    assert_every_row_is_right(site, range(1, 3))


def test_a_file_that_grows_and_rotates_goes_on_below_its_last_header(site: Deployment) -> None:
    other = ("event_id", "event_time", "patient_id", "user_id", "action")
    lines = [line(1), line(2), ",".join(other), line(3, other)]
    site.write("a.csv", *lines)
    site.load()
    for number in range(4, 8):
        lines.append(line(number, other))
        site.write("a.csv", *lines)
        assert site.load().rows_read == 1
    (site.folder / "logs" / "a.csv").rename(site.folder / "logs" / "a.csv.1")
    site.write("a.csv", line(8))
    assert site.load().rows_read == 1
    assert_every_row_is_right(site, range(1, 9))


def test_a_header_that_ends_a_file_so_far(site: Deployment) -> None:
    other = ("event_id", "event_time", "patient_id", "user_id", "action")
    for end in ("", "\n", f"\n{line(2, other)}\n"):
        site.put("a.csv", f"{','.join(COLUMNS)}\n{line(1)}\n{','.join(other)}{end}".encode())
        site.load()
    assert_every_row_is_right(site, range(1, 3))


def test_words_of_headers_in_a_row_are_words(site: Deployment) -> None:
    site.write("a.csv", "action,2026-06-01 08:00:00,user_id,patient_id,view", line(1))
    site.load()
    assert site.query("select user_id from events order by 1") == [("u1",), ("user_id",)]


def test_lines_before_the_header_do_not_spoil_what_follows(site: Deployment) -> None:
    site.write("a.csv", ",".join(COLUMNS), line(1), line(2), header="Audit log of the ward")
    site.load()
    assert site.ids() == ["e1", "e2"]
