"""What spreadsheets and systems put around identifiers, and which texts are left as they were logged."""

from __future__ import annotations

import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.sources.canonical_rows import cleaned
from detector.sources.identifiers import account_ids, account_of, each_patient, patients_of, scientific, without_guards


def one(text: str, column: str = "user_id") -> str | None:
    value: str | None = cleaned(without_guards(pa.array([text]), column)).to_pylist()[0]
    return value


@pytest.mark.parametrize(
    "text",
    [
        '="01001"', '=T("01001")', '="01001', "=01001", '= "01001"', "'01001", "'01001'", "`01001", "’01001", '"01001"',
        "\t01001", "01001\t", "01001\u200b", "\ufeff01001", "\u00a001001\u00a0", "01\u200e001", "01001\u0000", "０１００１",
        "＝＂０１００１＂", "\u2060＇01001", "01001\u00ad", "01\u00a0001",
    ],
)  # fmt: skip
def test_what_a_spreadsheet_puts_around_an_identifier_is_no_part_of_it(text: str) -> None:
    for column in ("user_id", "patient_id", "visit_id", "event_id", "workstation"):
        assert one(text, column) == "01001"


@pytest.mark.parametrize("text", ["A-1", "DOMAIN\\u1", "u1@host", "O'Brien", "工号甲", "zhang san", "a=b", "1001"])
def test_identifiers_of_their_own_stay(text: str) -> None:
    assert one(text) == text


def test_names_keep_what_is_theirs() -> None:
    names = {'="王芳"': "王芳", "'王芳": "王芳", "王\u200b芳": "王芳", "'t Hart": "'t Hart", "Ｗ": "Ｗ"}
    assert {name: one(name, "user_name") for name in names} == names
    assert one("\u200b\ufeff") is None


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x1f"), max_size=12))
def test_nothing_that_nobody_sees_is_left_in_an_identifier(text: str) -> None:
    value = one(text, "user_id")
    assert value is None or not any(
        unicodedata.category(char) == "Cc" or char in "\u200b\u200c\u200d\ufeff\u00a0\u3000" for char in value
    )
    assert value is None or one(value, "user_id") in {value, None} or value[0] in "=\"'‘’“”`´"


@pytest.mark.parametrize(
    "text",
    [
        "王芳(01001)", "王芳（01001）", "01001-王芳", "01001 王芳", "[01001]王芳", "01001/王芳", "王芳[01001]", "王芳/01001",
        "01001(王芳)", "王芳_01001", "【01001】王芳", "王芳（工号：01001）", "王芳 - 01001", "( 01001 ) 王芳",
        "工号:01001 王芳", "王 芳(01001)", "01001 王　芳",
    ],
)  # fmt: skip
def test_the_number_beside_the_rows_own_name_is_the_account(text: str) -> None:
    assert account_of(text, " 王芳") == "01001"
    assert account_of(text, "李芳") == text
    assert account_of(text, None) == text


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("王芳-2", "王芳"),  # the second of that name
        ("王芳(产科)", "王芳"),
        ("Wang Fang (RN)", "Wang Fang"),
        ("admin-2", "admin"),
        ("01001-2", "01001"),
        ("王芳01001", "王芳"),
        ("王芳", "王芳"),
        ("01001", ""),
    ],
)
def test_what_may_be_an_account_by_itself_stays(text: str, name: str) -> None:
    assert account_of(text, name) == text


def test_the_dot_of_a_name_may_be_typed_otherwise() -> None:
    assert account_of("01001 阿依古丽•买买提", "阿依古丽·买买提") == "01001"
    assert account_of("阿依古丽・买买提（01001）", "阿依古丽·买买提") == "01001"


def test_accounts_are_settled_row_by_row_with_the_name_of_the_row() -> None:
    ids = pa.chunked_array([["王芳(01001)", "01001", None], ["王芳(01001)", "王芳(01001)", "u/1"]])
    names = pa.chunked_array([["王芳", None, "王芳"], ["李娜", None, "u"]])
    assert account_ids(ids, names).to_pylist() == ["01001", "01001", None, "王芳(01001)", "王芳(01001)", "u/1"]
    assert account_ids(ids.slice(0, 0), names.slice(0, 0)).to_pylist() == []


@pytest.mark.parametrize(
    "text",
    [
        "1001;1002",
        "1001；1002；",
        "1001、1002",
        "1001,1002",
        "1001，1002",
        "1001|1002",
        "1001; 1002;1001",
        "1001\x1f1002",
        "[1001, 1002]",
        "['1001','1002']",
        '["1001","1002"]',
        "[1001;1002]",
    ],
)
def test_a_cell_names_several_patients(text: str) -> None:
    assert patients_of(text) == ("1001", "1002")
    assert each_patient(pa.array([None, text, "1001"])).to_pylist() == [None, "1001\x1f1002", "1001"]


@pytest.mark.parametrize(
    ("text", "patients"),
    [
        ("20300001/20300002", ("20300001", "20300002")),
        ("20300001 20300002", ("20300001", "20300002")),
        ("A12;B130", ("A12", "B130")),
        ("20300001;", ("20300001",)),
    ],
)
def test_some_are_told_by_their_shape(text: str, patients: tuple[str, ...]) -> None:
    assert patients_of(text) == patients


@pytest.mark.parametrize(
    "text",
    ["20,300,001", "01|20300001", "20300001/2", "2026/0117", "12345^^^H", "张三;李四", "A 1", "urn:oid:1.2|77", "P-1"],
)
def test_a_cell_that_may_be_one_identifier_is_one(text: str) -> None:
    assert patients_of(text) == (text,)


def test_line_breaks_in_a_cell_part_patients() -> None:
    assert one("1001\r\n1002\n", "patient_id") == "1001;1002;"


def test_numbers_whose_digits_are_lost_are_told_from_identifiers() -> None:
    lost = ["2.03E+11", "1.03e+17", "2E+10", "2.03E11", "1.5E-3", "1001\x1f2.03E+07", "2.03E+07;1001"]
    fine = ["5E12", "12E34", "E+5", "1E+5X", "a", "2.5", None]
    said = scientific(pa.array(lost + fine), "patient_id")
    assert said is not None
    assert said.to_pylist() == [
        "patient_id is in scientific notation: its digits are lost" for _ in lost
    ] + [None] * len(fine)  # fmt: skip
    assert scientific(pa.array(fine), "patient_id") is None
