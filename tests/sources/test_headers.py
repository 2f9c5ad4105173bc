"""Which header means what."""

from __future__ import annotations

import pytest

from detector.model.event_columns import COLUMNS, ENUMS
from detector.sources.aliases import HEADERS, VALUES, canonical_column, canonical_value, normal
from detector.sources.headers import map_header


def understood(*header: str, **configured: str) -> dict[str, str]:
    return {column: one.header for column, one in map_header(header, configured).columns.items()}


def test_every_column_has_aliases_and_begins_with_itself() -> None:
    assert tuple(HEADERS) == COLUMNS
    assert all(texts.split()[0] == column for column, texts in HEADERS.items())


def test_no_header_means_two_columns() -> None:
    seen: dict[str, str] = {}
    for column, texts in HEADERS.items():
        for text in texts.split():
            assert seen.setdefault(normal(text), column) == column, text


def test_no_value_means_two_things() -> None:
    for column, values in VALUES.items():
        seen = {normal(value): value for value in ENUMS[column]}
        for canonical, texts in values.items():
            assert canonical in ENUMS[column]
            for text in texts.split():
                assert seen.setdefault(normal(text), canonical) == canonical, text


@pytest.mark.parametrize(("text", "column"), [
    ("工号", "user_id"), ("操作员", "user_name"), ("操作时间", "event_time"), ("患者ID", "patient_id"),
    ("病案号", "patient_id"), ("科室", "user_department"), ("操作类型", "action"), ("终端IP", "client_ip"),
    ("终端ＩＰ", "client_ip"), ("[操作 时间]", "event_time"), ("User ID", "user_id"), ("CLARITY_EMP.USER_ID", "user_id"),
    ("foo", None), ("序号", None),
])  # fmt: skip
def test_headers_by_themselves(text: str, column: str | None) -> None:
    assert canonical_column(text) == column


def test_configuration_wins() -> None:
    assert understood("工号", "操作员", user_id="操作员") == {"user_id": "操作员"}
    assert understood("a", "操作时间", event_time="a") == {"event_time": "a"}


def test_a_configured_header_that_is_missing_is_a_problem() -> None:
    mapping = map_header(("工号", "操作时间", "操作类型"), {"patient_id": "编号"})
    assert mapping.problem == "no column '编号', which the configuration takes for patient_id"


def test_the_first_alias_in_the_table_wins() -> None:
    assert understood("操作类别", "业务类型") == {"action": "业务类型"}
    assert understood("创建时间", "操作时间") == {"event_time": "操作时间"}


def test_a_name_is_the_users_only_beside_the_patients() -> None:
    assert understood("工号", "姓名") == {"user_id": "工号"}
    assert understood("工号", "姓名", "患者姓名") == {"user_id": "工号", "user_name": "姓名"}


def test_an_admission_number_is_the_patient_where_nothing_else_is() -> None:
    assert understood("住院号", "病案号") == {"visit_id": "住院号", "patient_id": "病案号"}
    assert understood("住院号", "工号") == {"patient_id": "住院号", "user_id": "工号"}
    assert understood("住院号", "门诊号") == {"patient_id": "住院号", "visit_id": "门诊号"}


def test_a_users_name_is_the_account_where_nothing_else_is() -> None:
    assert understood("操作员") == {"user_name": "操作员", "user_id": "操作员"}


def test_duplicate_headers() -> None:
    assert map_header(("工号", "工号"), {}).columns["user_id"].index == 0


def test_values() -> None:
    assert canonical_value("action", "病历浏览", {}) == "view"
    assert canonical_value("action", "View", {}) == "view"
    assert canonical_value("action", "浏览", {"浏览": "print"}) == "print"
    assert canonical_value("outcome", "0", {}) is None


def test_an_object_is_no_rival_of_its_member() -> None:
    assert map_header(("ts", "user", "user.id", "patient.id", "action"), {}).rivals == {}
    assert map_header(("工号", "用户ID", "操作时间"), {}).rivals == {"user_id": (1,)}
