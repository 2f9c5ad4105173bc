"""Workbooks of every kind go through the same typing as CSV, and what a spreadsheet loses is not guessed."""

from __future__ import annotations

import base64
import datetime as dt
import gzip
import io
import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook

from detector.loading.context import load_context
from detector.sources.byte_stream import ByteStream
from detector.sources.formats.excel import open_excel
from detector.sources.log_format import ReadOptions
from detector.sources.workbook import sheets_of
from detector.store import open_store
from tests.site_folder import Deployment

DATA = Path(__file__).resolve().parents[1] / "data" / "workbooks"
HEADER = ("操作时间", "工号", "病历号", "操作类型")
TITLE = ("示例医院操作日志",)


@pytest.fixture
def excel(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path, source='name = "his"\nformat = "excel"\npath = "logs/*"\n')


def workbook(*sheets: tuple[str, Sequence[Sequence[object]]]) -> bytes:
    book = Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def at(minute: int) -> dt.datetime:
    return dt.datetime(2026, 6, 1, 8, minute, 12)


def found(site: Deployment) -> list[tuple[object, ...]]:
    return site.query("select strftime(local_time, '%m-%d %H:%M:%S'), user_id, patient_id from events order by all")


@pytest.mark.parametrize("name", ["log.xls", "log.ods"])
def test_older_and_other_workbooks(excel: Deployment, name: str) -> None:
    shutil.copy(DATA / name, excel.folder / "logs")
    excel.load()
    assert found(excel) == [(f"06-01 08:0{n}:12", "00812", f"3010000{n}") for n in range(3)]
    assert excel.counts() == [(name, 3, 3, 0, 0)]


def test_titles_sheets_and_numbers(excel: Deployment) -> None:
    first = [
        TITLE,
        ("导出时间：2026-06-02",),
        (),
        HEADER,
        (at(0), "00812", "30100001", "浏览"),
        (at(1), 812, 30100002, "浏览"),
    ]
    second = [HEADER, (at(2), 813, 30100003.0, "打印")]
    excel.put("a.xlsx", workbook(("日志", first), ("说明", [("本表", "由系统导出")]), ("续", second)))
    excel.load()
    assert found(excel) == [
        ("06-01 08:00:12", "00812", "30100001"),
        ("06-01 08:01:12", "00812", "30100002"),
        ("06-01 08:02:12", "813", "30100003"),
    ]
    assert excel.counts() == [("a.xlsx", 3, 3, 0, 0)]
    assert excel.query("select row_number, byte_position from events order by 1") == [(1, 0), (2, 0), (3, 0)]


def test_a_number_that_two_identifiers_would_read_as_stays(excel: Deployment) -> None:
    rows = [HEADER, (at(0), "0812", "1", "浏览"), (at(1), "00812", "1", "浏览"), (at(2), 812, "1", "浏览")]
    excel.put("a.xlsx", workbook(("日志", rows)))
    excel.load()
    assert [user for _, user, _ in found(excel)] == ["0812", "00812", "812"]


def test_numbers_are_known_by_the_tables_of_the_site(excel: Deployment) -> None:
    excel.context = '[context]\nstaff = "staff.csv"\n'
    (excel.folder / "staff.csv").write_text("工号,姓名\n00815,王一\n", encoding="utf-8")
    excel.put("a.xlsx", workbook(("日志", [HEADER, (at(0), 815, "30100001", "浏览")])))
    excel.load()
    assert [user for _, user, _ in found(excel)] == ["00815"]


def bare_numbers(site: Deployment, *rows: tuple[object, ...], staff: str | None = None) -> tuple[tuple[str, int], ...]:
    if staff is not None:
        site.context = '[context]\nstaff = "staff.csv"\n'
        (site.folder / "staff.csv").write_text(f"工号,姓名\n{staff}\n", encoding="utf-8")
    site.put("a.xlsx", workbook(("日志", [HEADER, *rows])))
    (file,) = site.load().files
    return file.bare_numbers


def test_numbers_that_no_known_identifier_reads_as_are_counted(excel: Deployment) -> None:
    rows = [(at(number), user, "P1", "浏览") for number, user in enumerate((815, 816, 816, 4711))]
    assert bare_numbers(excel, *rows, staff="00815,王一\n4711,李二") == (("工号", 1),)


def test_numbers_are_not_counted_where_known_ones_have_no_zeros(excel: Deployment) -> None:
    assert bare_numbers(excel, (at(0), 815, "P1", "浏览"), staff="4711,李二") == ()


def test_numbers_are_counted_where_nothing_is_known(excel: Deployment) -> None:
    assert bare_numbers(excel, (at(0), 815, 1001, "浏览")) == (("工号", 1), ("病历号", 1))


def test_two_readings_of_a_number_are_none(excel: Deployment) -> None:
    rows = [(at(0), "0812", "P1", "浏览"), (at(1), "00812", "P1", "浏览"), (at(2), 812, "P1", "浏览")]
    assert bare_numbers(excel, *rows) == (("工号", 1),)


def test_a_staff_file_that_broke_takes_no_identifiers_away(excel: Deployment) -> None:
    row = (at(0), 815, "P1", "浏览")
    assert bare_numbers(excel, row, staff="00815,王一") == ()
    with open_store(excel.settings()) as store:
        load_context(store, excel.settings())
    (excel.folder / "staff.csv").write_text("姓名\n王一\n", encoding="utf-8")
    excel.put("b.xlsx", workbook(("日志", [HEADER, (at(1), *row[1:])])))
    excel.load()
    assert [user for _, user, _ in found(excel)] == ["00815", "00815"]


def test_a_sheet_that_goes_on_without_a_header(excel: Deployment) -> None:
    rows = [HEADER, (at(0), "00812", "30100001", "浏览")]
    excel.put("a.xlsx", workbook(("1", rows), ("2", [("2026-06-01 08:01:12", "00812", "30100002", "浏览")])))
    excel.load()
    assert len(found(excel)) == 2


def test_the_sheet_that_the_configuration_names(excel: Deployment) -> None:
    content = workbook(
        ("旧", [HEADER, (at(0), "00812", "30100001", "浏览")]), ("新", [HEADER, (at(1), "00812", "30100002", "浏览")])
    )
    excel.put("a.xlsx", content)
    excel.source += 'sheet = "新"\n'
    excel.load()
    assert [patient for *_, patient in found(excel)] == ["30100002"]
    excel.source = excel.source.replace("新", "没有")
    excel.put("b.xlsx", workbook(("其他", [HEADER, (at(2), "00812", "30100003", "浏览")])))
    summary = excel.load()
    assert [file.problem for file in summary.files if file.path.endswith("b.xlsx")] == [
        "has no sheet '没有', which [[source]] sheet names"
    ]


def test_times_of_cells(excel: Deployment) -> None:
    rows = [
        HEADER,
        (dt.datetime(2026, 6, 1), "a1", "1", "浏览"),
        (46174.25, "a1", "2", "浏览"),
        ("2026/6/1 7:00", "a1", "3", "浏览"),
        (dt.datetime(2026, 6, 1, 8, 0, 11, 999_999), "a1", "4", "浏览"),
    ]
    excel.put("a.xlsx", workbook(("日志", rows)))
    excel.load()
    assert [time for time, *_ in found(excel)] == [
        "06-01 00:00:00",
        "06-01 06:00:00",
        "06-01 07:00:00",
        "06-01 08:00:12",
    ]


def test_a_number_that_lost_its_last_digits_is_no_identifier(excel: Deployment) -> None:
    excel.put("a.xlsx", workbook(("日志", [HEADER, (at(0), "00812", 1.23456789012345678e17, "浏览")])))
    excel.load()
    assert "E+17" in excel.query("select raw from events union all select raw from quarantine")[0][0]


def test_what_is_only_called_a_workbook(excel: Deployment) -> None:
    rows = "".join(
        f"<tr><td>2026-06-01 08:0{n}:12<td style='mso-number-format:\"\\@\"'>00812<td>3010000{n}</td><td>浏览&nbsp;</tr>"
        for n in range(2)
    )
    page = f"<html><head><meta charset=gb2312></head><table><tr><td colspan=4>操作日志</tr><tr><th>{'<th>'.join(HEADER)}</tr>{rows}</table>"
    excel.put("a.xls", page.encode("gb18030"))
    cells = "".join(
        f'<Cell><Data ss:Type="{kind}">{text}</Data></Cell>'
        for kind, text in (
            ("DateTime", "2026-06-01T08:02:12.000"),
            ("Number", "812"),
            ("String", "30100002"),
            ("String", "浏览"),
        )
    )
    header = "".join(f'<Cell><Data ss:Type="String">{text}</Data></Cell>' for text in HEADER)
    excel.put(
        "b.xls",
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"'
        ' xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="日志"><Table>'
        f"<Row>{header}</Row><Row>{cells}</Row></Table></Worksheet></Workbook>".encode(),
    )
    excel.put("c.xls", ("\t".join(HEADER) + "\r\n2026-06-01 08:03:12\t00812\t30100003\t浏览\r\n").encode("gb18030"))
    excel.load()
    assert [(name, *counts) for name, *counts in excel.counts()] == [
        ("a.xls", 2, 2, 0, 0), ("b.xls", 1, 1, 0, 0), ("c.xls", 1, 1, 0, 0),
    ]  # fmt: skip
    assert [(user, patient) for _, user, patient in found(excel)] == [
        ("00812", "30100000"), ("00812", "30100001"), ("812", "30100002"), ("00812", "30100003"),
    ]  # fmt: skip


def test_archives_and_what_cannot_be_read(excel: Deployment) -> None:
    good = workbook(("日志", [HEADER, (at(0), "00812", "30100001", "浏览")]))
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("../../一月.xlsx", good)
        packed.writestr("二月.xlsx", good[:300])
    excel.put("a.zip", archive.getvalue())
    excel.put("b.xlsx", good[:500])
    excel.put("c.xlsx", workbook(("空", [])))
    (excel.folder / "logs" / "d.xlsx.gz").write_bytes(gzip.compress(good))
    summary = excel.load()
    problems = {Path(file.path).name: file.problem for file in summary.files}
    assert "workbook" in str(problems["a.zip"])
    assert problems["b.xlsx"]
    assert problems["c.xlsx"] == "no sheet has a header with the columns that a row needs"
    assert problems["d.xlsx.gz"] is None
    assert len(found(excel)) == 1, "the same rows again are no second event"


def test_entities_are_refused(excel: Deployment) -> None:
    bomb = (
        b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
        b'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet><Table><Row><Cell><Data>&b;</Data>'
        b"</Cell></Row></Table></Worksheet></Workbook>"
    )
    excel.put("a.xls", bomb)
    summary = excel.load()
    assert [file.problem for file in summary.files] == ["not complete SpreadsheetML (DTDForbidden)"]


def test_the_same_workbook_again_adds_nothing_and_a_longer_one_adds_its_rows(excel: Deployment) -> None:
    rows: list[Sequence[object]] = [HEADER, (at(0), "00812", "30100001", "浏览")]
    excel.put("a.xlsx", workbook(("日志", rows)))
    excel.load()
    excel.load()
    rows.append((at(1), "00812", "30100002", "浏览"))
    excel.put("a.xlsx", workbook(("日志", rows)))
    excel.load()
    assert len(found(excel)) == 2


def test_a_member_that_unpacks_to_far_more_than_a_workbook_does_is_not_unpacked(excel: Deployment) -> None:
    good = workbook(("日志", [HEADER, (at(0), "00812", "30100001", "浏览")]))
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.xlsx", bytes(80 << 20))
        packed.writestr("b.xlsx", good)
        packed.writestr("__MACOSX/._b.xlsx", b"litter")
    excel.put("a.zip", archive.getvalue())
    summary = excel.load()
    assert [file.problem for file in summary.files] == ["a member of the zip archive is larger than 256 MiB"]
    assert len(found(excel)) == 1


def test_the_tables_of_the_site_are_asked_only_about_numbers(tmp_path: Path) -> None:
    class Asked(dict[str, frozenset[str]]):
        def get(self, column: str, _default: object = None) -> frozenset[str]:  # type: ignore[override]
            asked.append(column)
            return frozenset()

    asked: list[str] = []
    path = tmp_path / "a.xlsx"
    path.write_bytes(
        workbook(("日志", [HEADER, (at(0), "00812", "30100001", "浏览"), (at(1), "00812", 30100002, "浏览")]))
    )
    with ByteStream(path) as stream:
        open_excel(stream, ReadOptions(identifiers=Asked())).layout  # noqa: B018
    assert asked == ["patient_id"]


ROWS = ("2026/7/3 9:01:05", "40700001"), ("2026/7/3 9:02:05", "40700002"), ("2026/7/3 9:03:05", "40700003")
MERGED = [("02017", patient) for _, patient in ROWS]


def accounts(site: Deployment) -> list[tuple[object, ...]]:
    site.load()
    return site.query("select user_id, patient_id from events order by event_time")


def test_a_cell_over_several_rows_says_the_same_in_each(excel: Deployment) -> None:
    book = Workbook()
    sheet = book.active
    sheet["B2"] = "日志"
    sheet.merge_cells("B2:E2")
    for place, cells in enumerate(
        (("操作时间", "工号", "病历号", "操作类型"), *((at, "02017", to, "浏览") for at, to in ROWS)), 3
    ):
        for column, text in zip("BCDE", cells, strict=True):
            sheet[f"{column}{place}"] = text
    sheet.merge_cells("C4:C6")
    saved = io.BytesIO()
    book.save(saved)
    excel.put("a.xlsx", saved.getvalue())
    assert accounts(excel) == MERGED


@pytest.mark.parametrize("first", [True, False])
def test_a_cell_of_a_page_over_several_rows(excel: Deployment, first: bool) -> None:
    cells = [[f"<td>{at}", f"<td>{to}", "<td>浏览"] for at, to in ROWS]
    for row in cells[:1]:
        row.insert(0 if first else 3, '<td rowspan="3">02017')
    header = ["<th>操作时间", "<th>病历号", "<th>操作类型"]
    header.insert(0 if first else 3, "<th>工号")
    excel.put("a.xls", f"<table><tr>{'<tr>'.join(map(''.join, [header, *cells]))}</table>".encode("gb18030"))
    assert accounts(excel) == MERGED


def spreadsheet_ml(encoding: str, codec: str) -> bytes:
    rows = [("操作时间", "工号", "病历号", "操作类型"), *((at, "02017", to, "浏览") for at, to in ROWS)]
    cells = "".join(
        "<Row>" + "".join(f"<Cell><Data ss:Type='String'>{text}</Data></Cell>" for text in row) + "</Row>"
        for row in rows
    )
    names = (
        'xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"'
    )
    return f'<?xml version="1.0" encoding="{encoding}"?><Workbook {names}><Worksheet ss:Name="日志"><Table>{cells}</Table></Worksheet></Workbook>'.encode(
        codec
    )


@pytest.mark.parametrize("kind", ["gb2312", "utf-16", "page in utf-16", "web archive"])
@pytest.mark.parametrize("is_told", [True, False])
def test_markup_in_other_encodings(tmp_path: Path, kind: str, is_told: bool) -> None:
    source = 'name = "his"\npath = "logs/*"\n' + 'format = "excel"\n' * is_told
    site = Deployment(tmp_path, source=source)
    rows = "".join(f"<tr><td>{at}<td>02017<td>{to}<td>浏览" for at, to in ROWS)
    page = f'<html><head><meta charset="gb2312"></head><table><tr><td>操作时间<td>工号<td>病历号<td>操作类型{rows}</table></html>'
    packed = base64.encodebytes(page.encode("gb18030"))
    head = b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    site.put("a.xls", {
        "gb2312": spreadsheet_ml("gb2312", "gb18030"), "utf-16": spreadsheet_ml("utf-16", "utf-16"),
        "page in utf-16": page.encode("utf-16"), "web archive": head + packed + b"--b--\r\n",
    }[kind])  # fmt: skip
    assert accounts(site) == MERGED


def test_a_workbook_is_parsed_once_for_all_who_ask(tmp_path: Path) -> None:
    """What recognises it and what reads it get the same sheets; a file that changed is parsed anew."""
    path = tmp_path / "a.xlsx"

    def parsed() -> tuple[int, list[list[str]]]:
        with path.open("rb") as file:
            (sheet,) = sheets_of(file)
            return id(sheet.rows._sheet), list(sheet)  # type: ignore[union-attr]

    path.write_bytes(workbook(("1", [HEADER, (1, 2, 3, 4)])))
    assert parsed() == parsed()
    first = parsed()
    path.write_bytes(workbook(("1", [HEADER, (1, 2, 3, 4), (5, 6, 7, 8)])))
    assert (parsed()[1][:2], len(parsed()[1])) == (first[1], 3)
