"""UTF-8 and GB18030 in one file, line by line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.sources import text_chunks
from detector.sources.byte_stream import ByteStream
from detector.sources.encodings import TextDecoder
from detector.sources.line_encodings import holds_utf8
from detector.sources.log_format import ReadOptions

LINE = "{number},2026/7/3 9:00:05,{name},{action}\n"
COMMON = [chr(code) for code in range(0x4E00, 0x9FA6) if chr(code).encode("gb2312", "ignore")]
NAMES = st.builds(
    str.__add__, st.text(st.sampled_from(COMMON), min_size=2, max_size=3), st.sampled_from(["", "喆", "㐂", "丂"])
)


def decoded(content: bytes, configured: str | None = None) -> tuple[str, int]:
    window = TextDecoder(content[:1000], configured, Path("none")).decode(content, whole=True)
    return window.text.decode(), len(window.broken_lines)


@given(
    st.lists(st.tuples(NAMES, st.sampled_from(["浏览", "修改", "打印", "查询患者"])), min_size=1, max_size=30),
    st.integers(0, 30),
    st.booleans(),
)
def test_a_file_that_goes_on_in_the_other_encoding(values: list[tuple[str, str]], cut: int, is_first: bool) -> None:
    lines = ["序号,操作时间,操作员,操作类型\n"] + [
        LINE.format(number=number, name=name, action=action) for number, (name, action) in enumerate(values)
    ]
    names = ("utf-8", "gb18030") if is_first else ("gb18030", "utf-8")
    content = b"".join(line.encode(names[place > cut]) for place, line in enumerate(lines))
    assert decoded(content) == ("".join(lines), 0)


@pytest.mark.parametrize("name", ["联通", "一丁", "璐瑶", "㐂子", "女"])
def test_lines_that_both_may_be_are_as_those_around_them(name: str) -> None:
    for encoding in ("gb18030", "utf-8"):
        text = (
            "序号,操作时间,操作员,操作类型\n"
            + "".join(f"{number},{name}\n" for number in range(5))
            + "9,王芳,精神科,浏览\n"
        )
        assert decoded(text.encode(encoding)) == (text, 0)


def test_a_damaged_line_of_utf8_is_no_gb18030() -> None:
    good = "1,王芳,产科,浏览\n".encode()
    for cut in range(2, 14):
        damaged = good[:cut] + good[cut + 1 :]
        text, broken = decoded(good * 3 + damaged + good)
        assert text.startswith("1,王芳,产科,浏览\n" * 3)
        assert text.endswith("\n1,王芳,产科,浏览\n")
        assert broken == (1 if _is_torn(damaged) else 0)


def _is_torn(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return True
    return False


def test_plain_gb18030_is_not_looked_at_line_by_line() -> None:
    assert not holds_utf8("1,王芳,产科,浏览\n2,欧阳璐,新生儿科,修改\n".encode("gb18030"))
    assert holds_utf8("1,王芳\n".encode("gb18030") + "2,王芳\n".encode())


@pytest.mark.parametrize("size", range(120, 126))
def test_a_window_that_ends_within_a_character_leaves_no_doubt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """Words of two characters are valid in GB18030 as well, and the last character of a window may be cut."""
    for name in ("HEAD_BYTES", "HEADER_BYTES"):
        monkeypatch.setattr(text_chunks, name, 60)
    monkeypatch.setattr(text_chunks, "WINDOW_BYTES", size)
    path = tmp_path / "a.csv"
    path.write_text("".join(f"{number:02d},王芳,产科\n" for number in range(30)), encoding="utf-8")
    with ByteStream(path) as stream:
        file = text_chunks.TextFile(stream, ReadOptions())
        file.first_text()
    assert file.decoder.encoding == "utf-8"
