"""Damage as exports have it, laid among clean rows: what the readers are tried with."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from detector.sources.byte_stream import ByteStream
from detector.sources.formats.csv import CsvReader
from detector.sources.headers import map_header
from detector.sources.log_format import ReadOptions

HEADER: Final = ("日志序号", "操作时间", "工号", "操作员", "病历号", "操作类型", "事由")
OTHER: Final = ("操作时间", "工号", "病历号", "操作类型", "日志序号", "事由")
NAMES: Final = ("王芳", "李敏", "欧阳璐瑶", "㐂子", "联通", "张三", "赵喆")
REASONS: Final = (
    "复诊", "", "会诊，急", '"说""急"""', '"a,b"', '"一行\n又一行"', '"三\r\n行,\n的"', "5寸", '""', "无 ", '"\n"', '"行\n\n8,2026\n末"',
)  # fmt: skip
"""Reasons as a sound export writes them."""

Row = dict[str, str]


def written(row: Row, header: tuple[str, ...] = HEADER) -> str:
    return ",".join(row[name] for name in header)


def clean_row(number: int, chance: random.Random) -> Row:
    return {
        "日志序号": f"c{number}", "操作时间": f"2026/7/{1 + number % 28} {number % 24}:{number % 60:02d}:05", "工号": f"0{1000 + number % 97}",
        "操作员": chance.choice(NAMES), "病历号": f"{20300000 + number}", "操作类型": chance.choice(("浏览", "修改", "打印")),
        "事由": chance.choice(REASONS),
    }  # fmt: skip


def unquoted(field: str) -> str:
    return field[1:-1].replace('""', '"') if field[:1] == '"' else field


def _odd(**fields: str) -> Callable[[random.Random], list[str]]:
    def lines(chance: random.Random) -> list[str]:
        return [written(clean_row(chance.randrange(10**6), chance) | {"日志序号": "d", "事由": "x"} | fields)]

    return lines


def _torn(chance: random.Random) -> list[str]:
    line = written(clean_row(1, chance) | {"日志序号": "d", "事由": "x"})
    return [line[: chance.randrange(1, len(line) - 9)] + chance.choice(("", '"', ',"', "\0"))]


def _other_header(chance: random.Random) -> list[str]:
    rows = [clean_row(chance.randrange(10**6), chance) | {"日志序号": "d"} for _ in range(2)]
    return [",".join(OTHER), *(written(row, OTHER) for row in rows), ",".join(HEADER)]


DAMAGES: Final[Mapping[str, Callable[[random.Random], list[str]]]] = {
    "a typed quotation mark": _odd(事由='"'),
    "a mark before a word": _odd(事由='"急'),
    "a mark in the middle": _odd(操作员='"王'),
    "a word in marks": _odd(事由='"急"诊'),
    "marks around a separator": _odd(操作员='"王', 操作类型='浏览"'),
    "NUL": _odd(操作员="王\0", 事由='"\0\n\0,\0"'),
    "a torn row": _torn,
    "blank lines": lambda _: ["", ",,,,,,", ",,", '"","","","","","",""', "　", "-----,-----"],
    "the header again": lambda _: ["\ufeff日志清单", "导出时间：,2026-07-01 08:00,,,,,", "\ufeff" + ",".join(HEADER)],
    "another header": _other_header,
    "totals": lambda _: ["合计,8,,,,,", "共 8 条", "总计：8,,,,,,", "制表人：王,,,,,,", ",,小计,,,8,"],
    "a row too wide": lambda chance: [written(clean_row(2, chance) | {"日志序号": "d", "事由": "x,y"})],
    "a row too narrow": lambda _: ["d,2026/7/1 8:00:05,01001"],
    "a mark of joined files before a row": lambda chance: ["\ufeff" + written(clean_row(3, chance) | {"日志序号": "d"})],
    "text that nothing closes": lambda _: ['d,2026/7/1 8:00:05,"', *["一句话"] * 9],
}  # fmt: skip


ARE_ROWS: Final[Mapping[str, int]] = {
    "a typed quotation mark": 1, "a mark before a word": 1, "a mark in the middle": 1, "a word in marks": 1,
    "marks around a separator": 1, "NUL": 1, "another header": 2, "a mark of joined files before a row": 1,
}  # fmt: skip
"""Damage whose lines are rows all the same: how many; their id is `d`."""


@dataclass(frozen=True)
class Export:
    """What was written, the clean rows in it (fields by id), and how many rows lie in the damage."""

    content: bytes
    clean: Mapping[str, tuple[str, ...]]
    odd: int


def export(rows: int, damages: tuple[str, ...], encoding: str, seed: int, share: float = 0.05) -> Export:
    """Return an export of so many clean rows with damage before a share of them; encoding `mixed` changes at times."""
    chance = random.Random(seed)
    parts: list[bytes] = []
    clean: dict[str, tuple[str, ...]] = {}
    odd = 0
    name = "utf-8" if encoding == "mixed" else encoding
    parts.append((",".join(HEADER) + "\n").encode(name))
    for number in range(rows):
        if encoding == "mixed" and chance.random() < 0.02:
            name = {"utf-8": "gb18030", "gb18030": "utf-8"}[name]
        if damages and chance.random() < share:
            damage = chance.choice(damages)
            parts += ((line + "\n").encode(name) for line in DAMAGES[damage](chance))
            odd += ARE_ROWS.get(damage, 0)
        row = clean_row(number, chance)
        clean[row["日志序号"]] = tuple(unquoted(row[one]) for one in HEADER)
        parts.append((written(row) + "\n").encode(name))
    return Export(b"".join(parts), clean, odd)


def rows_read(path: Path) -> Iterator[tuple[str, ...]]:
    """Yield the fields of each row that is read, in the order of `HEADER`; checks their numbers and places."""
    content = path.read_bytes()
    number = 0
    with ByteStream(path) as stream:
        reader = CsvReader(stream, ReadOptions())
        header = None
        while header != reader.layout.header:
            header = reader.layout.header
            assert map_header(header, {}).problem is None
            columns = [f"c{header.index(name)}" if name in header else None for name in HEADER]
            for chunk in reader.chunks(tuple(range(len(header))), frozenset({2})):
                numbers = [*chunk.records.column("row_number").to_pylist(), *(one.row_number for one in chunk.rejected)]
                assert sorted(numbers) == list(range(number + 1, number + 1 + chunk.rows))
                number += chunk.rows
                texts = [
                    [""] * chunk.records.num_rows if one is None else chunk.records.column(one).to_pylist()
                    for one in columns
                ]
                yield from zip(*texts, strict=True)
                places = zip(
                    chunk.records.column("byte_position").to_pylist(),
                    chunk.records.column("raw").to_pylist(),
                    strict=True,
                )
                for place, raw in places:
                    stands = raw.replace("\u2400", "\0")
                    assert any(content.startswith(stands.encode(name), place) for name in ("utf-8", "gb18030"))
