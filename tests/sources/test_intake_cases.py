"""What hospitals' exports are like: each kind of file as a run reads it, what becomes of it row by row.

A line of the table is a case: the files, what the configuration says below `[[source]]`, the events that come out as
(time in UTC, account, patient), and the reasons of the rows in quarantine.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from detector.sources.column_clashes import Clash
from tests.site_folder import Deployment

HEADER = "日志序号,操作时间,工号,操作员,所属科室,病历号,操作类型,终端IP,事由"


def row(
    number: int, reason: str = "复诊", *, user: str = "02017", patient: str | None = None, action: str = "浏览"
) -> str:
    patient = f"4070{number:04d}" if patient is None else patient
    return f"{number},2026/7/3 9:{number:02d}:05,{user},李敏,新生儿科,{patient},{action},10.2.0.9,{reason}"


def event(number: int, *, user: str = "02017", patient: str | None = "") -> tuple[str, str, str | None]:
    return f"2026-07-03 01:{number:02d}:05", user, f"4070{number:04d}" if patient == "" else patient


def text(*lines: str, encoding: str = "gb18030", end: str = "\r\n") -> bytes:
    return "".join(line + end for line in lines).encode(encoding)


def rows(*numbers: int) -> list[str]:
    return [row(number) for number in numbers]


def events(*numbers: int) -> list[tuple[str, str, str | None]]:
    return [event(number) for number in numbers]


def zipped(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


@dataclass(frozen=True)
class Case:
    files: dict[str, bytes]
    events: list[tuple[str, str, str | None]]
    quarantined: list[str] = field(default_factory=list)
    config: str = ""
    skipped: int = 0
    problem: str | None = None


OTHER = "操作时间,病历号,工号,操作类型,日志序号"
BARE = "工号,操作时间,操作类型,病历号\r\n"
CASES = {
    "title, export time and blank lines above, totals below": Case(
        {"a.csv": text("某院日志清单", "", "导出时间：2026-07-04 00:10,,导出人：周,,,,,,", ",,,,,,,,", HEADER, *rows(1, 2),
                       "合计,2,,,,,,,", "共 2 条记录", "制表人：,周,,,,,,,")},
        events(1, 2), ["no record: a total"] * 2 + ["no record: a note of the export"], skipped=2,
    ),
    "a total in the time's column, a number of pages": Case(
        {"a.csv": text(BARE + "02017,2026/7/3 9:01:05,浏览,40700001", "总计：,12345,,", "第 1 页 / 共 1 页", end="\r\n")},
        events(1), ["no record: a total"] * 2,
    ),
    "totals, notes and signatures of other wording": Case(
        {"a.csv": text(HEADER, *rows(1, 2), "总共2条", "以上合计,,,,,,,,2", "本次共导出 2 条记录", "数据条数：2", "总访问次数：2", "［合计］,2,,,,,,,",
                       "1/3", "页码：1/3", "科室负责人（签字）：,,,,,日期：,,,", "以上为全部数据", "经办人：周", "SQL> spool off")},
        events(1, 2), ["no record: a total"] * 8 + ["no record: a note of the export"] * 4,
    ),
    "a separator at the end of each row": Case({"a.csv": text(HEADER, row(1) + ",", row(2) + ",", HEADER, row(3) + ",")}, events(1, 2, 3), skipped=1),
    "a separator at the end of the header": Case({"a.csv": text(HEADER + ",,", *rows(1, 2), HEADER + ",", *rows(3))}, events(1, 2, 3), skipped=1),
    "a separator at the end of both, of rows below another header alone": Case(
        {"a.csv": text(HEADER + ",", row(1) + ",", OTHER, "2026/7/3 9:02:05,40700002,02017,浏览,2,")}, events(1, 2), skipped=1,
    ),
    "a row too wide among others": Case(
        {"a.csv": text(HEADER, *rows(1, 2), row(3, "x,"))}, events(1, 2), ["10 columns instead of 9"],
    ),
    "an unquoted separator in each name, and nothing in the last column": Case(
        {"a.csv": text("操作时间,工号,操作类型,操作员,病历号,事由", "2026/7/3 9:01:05,02017,浏览,Li, Min,40700001,", "2026/7/3 9:02:05,02017,浏览,Li, Min,40700002,")},
        [], ["7 columns instead of 6"] * 2,
    ),
    "remarks and codes behind the headers' names": Case(
        {"a.csv": text("序号,操作时间(年-月-日 时:分:秒),`工号`(必填),病历号*[patient_id],操作类型【action】", "1,2026/7/3 9:01:05,02017,40700001,浏览")}, events(1),
    ),
    "a header that names a zone": Case(
        {"a.csv": text("操作时间(UTC),工号,病历号,操作类型", "2026/7/3 9:01:05,02017,40700001,浏览")}, [],
        ["no column for event_time"], problem="no column for event_time",
    ),
    "other vendors' words": Case(
        {"a.csv": text("调阅时间,调阅人工号,调阅人,患者编码,调阅类型,调阅目的", "2026/7/3 9:01:05,02017,李敏,40700001,查看,会诊")}, events(1),
    ),
    "words for no patient": Case(
        {"a.csv": text(HEADER, *(row(number, patient=word) for number, word in enumerate(("未知", "不详", "?", "[空]", "***", "Unknown"), 1)))},
        [event(number, patient=None) for number in range(1, 7)],
    ),
    "a header over two rows": Case(
        {"a.csv": text("日志序号,操作时间,操作人,,,患者,操作类型,终端,", ",,工号,操作员,所属科室,病历号,,终端IP,事由", *rows(3, 4))}, events(3, 4),
    ),
    "groups above the header": Case(
        {"a.csv": text("人员信息,,,,,患者信息,其他,,", HEADER, *rows(3, 4))}, events(3, 4), skipped=1,
    ),
    "joined files, each with its title and mark": Case(
        {"a.csv": text("\ufeff日志清单", HEADER, *rows(1), "合计,1,,,,,,,", "\ufeff日志清单", "导出时间：,2026/7/4 0:10,,,,,,,", HEADER, "\ufeff" + row(2), encoding="utf-8")},
        events(1, 2), ["no record: a total"], skipped=4,
    ),
    "another header in the middle": Case(
        {"a.csv": text(HEADER, *rows(1), "", OTHER, "2026/7/3 9:02:05,40700002,02017,浏览,2")}, events(1, 2), skipped=1,
    ),
    "rows of separators alone": Case(
        {"a.csv": text(HEADER, ",,,,,,,,", *rows(1), ",,,", *rows(2), '"","","","","","","","",""', "　, ,,,,,,,")}, events(1, 2),
    ),
    "a quotation mark that is a character": Case(
        {"a.csv": text(HEADER, *rows(1), row(2, '"'), *rows(3, 4), row(5, '"'), *rows(6), row(7, '"急"诊'), row(8, '"急'), *rows(9))},
        events(*range(1, 10)),
    ),
    "a mark in the last row": Case({"a.csv": text(HEADER, *rows(1), row(2, '"'))}, events(1, 2)),
    "line breaks and NUL within quotes": Case(
        {"a.csv": text(HEADER, row(1, '"a\nb,c\r\n\r\nd"'), row(2, '"x\0\ny\0"'), row(3, "z\0"), *rows(4), row(5, user="02\x00017"))},
        events(1, 2, 3, 4, 5),
    ),
    "a row typed into a quoted text of another column": Case(
        {"a.csv": text(HEADER, row(1, '"as logged:\n2,2026/7/3 9:02:05\nend"'), *rows(3))}, events(1, 3),
    ),
    "words that mean nothing": Case(
        {"a.csv": text(HEADER, *(row(number, word, patient=word) for number, word in enumerate(
            ("-", "--", "—", "无", "空", "n/a", "NULL", "#N/A", "Ｎ／Ａ", "暂无", "(null)", " － "), 1)))},
        [event(number, patient=None) for number in range(1, 13)],
    ),
    "a word that means nothing, but not here": Case(
        {"a.csv": text(HEADER, row(1, action="-"), row(2, action="无"))}, events(1), ["no action"],
        '[source.values.action]\n"-" = "view"\n',
    ),
    "rows without a word": Case({"a.csv": text(BARE + ",,,", "-,-,-,-", '"",无,,', end="\r\n")}, [], ["no record: a note of the export"] * 2),
    "two columns of one name": Case(
        {"a.csv": text("工号,操作时间,操作类型,病历号,工号,科室,科室", "02017,2026/7/3 9:01:05,浏览,40700001,02017,A,B",
                       "02017,2026/7/3 9:02:05,浏览,40700002,,A,", ",2026/7/3 9:03:05,浏览,40700003,02017,A,A",
                       "02017,2026/7/3 9:04:05,浏览,40700004,88213,A,A")},
        events(1, 2, 3), ["two columns of one name differ: 工号"],
    ),
    "the second of two columns of one name": Case(
        {"a.csv": text("工号,操作时间,操作类型,病历号,工号", "88213,2026/7/3 9:01:05,浏览,40700001,02017")}, events(1),
        config='[source.columns]\nuser_id = "工号#2"\n',
    ),
    "UTF-8 continued in GB18030": Case(
        {"a.csv": text(HEADER, *rows(1, 2), encoding="utf-8") + text(*rows(3, 4))}, events(1, 2, 3, 4),
    ),
    "GB18030 continued in UTF-8": Case({"a.csv": text(HEADER, *rows(1)) + text(*rows(2), encoding="utf-8")}, events(1, 2)),
    "an archive of several exports": Case(
        {"a.zip": zipped(b=text("\ufeff" + HEADER, *rows(1), encoding="utf-8"), c=text(HEADER, *rows(2), end="\n").rstrip(),
                         d=text("日志清单", HEADER, *rows(3), encoding="utf-16"))}, events(1, 2, 3), skipped=3,
    ),
}  # fmt: skip


def test_columns_that_mean_the_same_are_said_to_differ(tmp_path: Path) -> None:
    site = Deployment(tmp_path)
    twins = text("工号,操作时间,操作类型,病历号,科室,科室", "02017,2026/7/3 9:01:05,浏览,40700001,A,B")
    rivals = text("工号,用户ID,操作时间,操作类型,病历号", "02017,7,2026/7/3 9:02:05,浏览,40700002")
    for name, content in {"a.csv": twins, "b.csv": rivals}.items():
        site.put(name, content)
    first, second = site.load().files
    assert first.clashes == (Clash("user_department", "科室", "科室", 1, 1, True),)
    assert second.clashes == (Clash("user_id", "工号", "用户ID", 1, 1, False),)
    assert site.query("select user_id, user_department from events order by event_time") == [("02017", None)] * 2


@pytest.mark.parametrize("name", CASES)
def test_a_kind_of_file(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    site = Deployment(tmp_path, source=f'name = "his"\nformat = "csv"\npath = "logs/*"\n{case.config}')
    for file, content in case.files.items():
        site.put(file, content)
    summary = site.load()
    found = site.query("select strftime(event_time, '%Y-%m-%d %H:%M:%S'), user_id, patient_id from events")
    assert sorted(found, key=str) == sorted(case.events, key=str)
    assert [one[2] for one in site.quarantine()] == case.quarantined
    assert [file.problem for file in summary.files] == [case.problem]
    assert site.query("select skipped from files") == [(case.skipped,)]
    assert summary.rows_read == len(case.events) + len(case.quarantined)
    content = case.files.get("a.csv", b"")
    for position, raw in site.query("select byte_position, raw from events") if content else ():
        stands = (raw.replace("\u2400", "\0").encode(name) for name in ("utf-8", "gb18030"))
        assert content[position:].startswith(tuple(stands))
