"""What a column is by its values, and what it is not though it looks like it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import pytest

from detector.sources.column_evidence import ColumnEvidence, Suggestion
from detector.sources.column_suggestions import similar_column, suggestions
from detector.sources.headers import map_header
from tests.sources.logs import BASIC, PATIENTS, ROWS, TIMES, USERS, repeated, sampled

VIEWS = {"操作": repeated("查看", "打印")}


def suggested(
    folder: Path,
    columns: dict[str, Sequence[str]],
    accounts: Collection[str] = frozenset(),
    patients: Collection[str] = frozenset(),
    **configured: str,
) -> list[Suggestion]:
    sample = sampled(folder, columns)
    return suggestions(ColumnEvidence(sample, map_header(sample.layout.header, configured), {}, accounts, patients))


def for_column(column: str, found: list[Suggestion]) -> dict[str, bool]:
    return {one.header: one.is_sure for one in found if one.column == column}


@pytest.mark.parametrize(
    "header",
    [
        "患者流水号",
        "病人内码",
        "病案流水编号",
        "PatientNum",
        "patient_key",
        "建档流水",
        "病人档案号",
        "患者就诊卡号2",
        "患者",
    ],
)
def test_the_patients_column(tmp_path: Path, header: str) -> None:
    found = suggested(tmp_path, BASIC | VIEWS | {header: PATIENTS})
    assert for_column("patient_id", found) == {header: True}
    assert found[0].column == "patient_id"


@pytest.mark.parametrize(("header", "values"), [
    ("患者电话号", [f"138{place % 60:08d}" for place in range(ROWS)]),
    ("患者号码", [f"138{place % 60:08d}" for place in range(ROWS)]),
    ("患者身份证号", ["11010519491231002X"] * ROWS),
    ("病人姓名", repeated("王芳", "李娜", "张伟")),
    ("患者代码", repeated("王芳", "李娜", "张伟")),
    ("患者床号", [str(place % 40) for place in range(ROWS)]),
    ("医嘱号", PATIENTS),
    ("检查申请编号", PATIENTS),
    ("患者操作员编号", PATIENTS),
    ("患者编码2", USERS),
    ("患者标识码", [f"D{int(user) % 4}" for user in USERS]),
    ("患者流水号", ["20300001"] * ROWS),
    ("病历模板ID", PATIENTS),
    ("patient_status_code", repeated("1", "2", "3")),
])  # fmt: skip
def test_what_is_no_patient(tmp_path: Path, header: str, values: Sequence[str]) -> None:
    found = suggested(tmp_path, BASIC | VIEWS | {header: values})
    assert for_column("patient_id", found) == {}
    assert for_column("user_name", found) == {}


@pytest.mark.parametrize("header", ["流水", "患者就诊流水", "就诊ID", "门诊号", "患者登记时间码"])
def test_what_may_be_the_patient_is_left_to_a_person(tmp_path: Path, header: str) -> None:
    assert for_column("patient_id", suggested(tmp_path, BASIC | VIEWS | {header: PATIENTS})) == {header: False}


def test_two_patients_are_both_named(tmp_path: Path) -> None:
    other = [f"90{place * 11 % 60:06d}" for place in range(ROWS)]
    found = suggested(tmp_path, BASIC | VIEWS | {"患者流水号": PATIENTS, "病人内码": other})
    assert for_column("patient_id", found) == {"患者流水号": False, "病人内码": False}


def test_the_number_of_a_record_is_sure_only_where_it_is_alone_and_comes_again(tmp_path: Path) -> None:
    once = [f"20{place:06d}" for place in range(ROWS)]
    assert for_column("patient_id", suggested(tmp_path, BASIC | VIEWS | {"建档流水": once})) == {"建档流水": False}
    two = {"建档流水": PATIENTS, "流水": PATIENTS[::-1]}
    assert for_column("patient_id", suggested(tmp_path, BASIC | VIEWS | two)) == {"建档流水": False, "流水": False}


def test_the_patients_table_decides(tmp_path: Path) -> None:
    found = suggested(tmp_path, BASIC | VIEWS | {"甲": PATIENTS, "乙": USERS[::-1]}, patients=set(PATIENTS))
    assert for_column("patient_id", found) == {"甲": True}


def test_a_known_patient_column_is_not_contested_unless_it_is_empty(tmp_path: Path) -> None:
    assert not suggested(tmp_path, BASIC | VIEWS | {"病历号": PATIENTS, "病人内码": PATIENTS})
    empty = BASIC | VIEWS | {"病历号": [""] * ROWS, "病人内码": PATIENTS}
    assert for_column("patient_id", suggested(tmp_path, empty)) == {"病人内码": True}
    seldom = [patient if place % 5 == 0 else "" for place, patient in enumerate(PATIENTS)]
    fuller = BASIC | VIEWS | {"病案号": seldom, "登记号": PATIENTS}
    assert for_column("patient_id", suggested(tmp_path, fuller)) == {"登记号": False}


@pytest.mark.parametrize(("header", "values", "column"), [
    ("功能页面", repeated("基本信息", "医嘱", "病程"), "category"),
    ("功能页面", repeated("基本信息", "医嘱", "病程", "手麻单", "医嘱"), "category"),
    ("页面", repeated("基本信息", "医嘱", "病程"), "category"),
    ("类型", repeated("检验报告", "影像"), "category"),
    ("业务", repeated("查看", "打印", "导出"), "action"),
    ("类型", repeated("view", "print", "VIEW"), "action"),
    ("执行情况", repeated("成功", "失败"), "outcome"),
    ("执行情况", repeated("成功", "成功"), "outcome"),
    ("甲", TIMES, "event_time"),
    ("甲", [str(1780300800000 + place * 60_000) for place in range(ROWS)], "event_time"),
    ("甲", [f"10.1.{place % 4}.{place % 200}" for place in range(ROWS)], "client_ip"),
])  # fmt: skip
def test_values_decide(tmp_path: Path, header: str, values: Sequence[str], column: str) -> None:
    columns: dict[str, Sequence[str]] = BASIC | VIEWS | {"病历号": PATIENTS}
    if column in {"event_time", "action"}:
        del columns["操作时间" if column == "event_time" else "操作"]
    assert for_column(column, suggested(tmp_path, columns | {header: values})) == {header: True}


@pytest.mark.parametrize(("header", "values"), [
    ("是否急诊", repeated("是", "否")),
    ("检验提示", repeated("正常", "异常")),
    ("类型", repeated("门诊", "急诊", "体检")),
    ("出生", ["1990-06-01"] * ROWS),
    ("服务器IP", ["10.0.0.1"] * ROWS),
    ("版本", ["5.2.0.1"] * ROWS),
    ("提示", repeated("其他", "其它")),
    ("序号", [str(place) for place in range(ROWS)]),
    ("页", repeated("医嘱")),
    ("备注栏", repeated("医嘱", "甲", "乙", "丙", "丁")),
])  # fmt: skip
def test_what_values_do_not_decide(tmp_path: Path, header: str, values: Sequence[str]) -> None:
    found = suggested(tmp_path, BASIC | VIEWS | {"病历号": PATIENTS, header: values})
    assert not [one for one in found if one.is_sure]


def test_two_columns_of_one_kind_are_both_named(tmp_path: Path) -> None:
    two = {"甲": repeated("医嘱", "病程"), "乙": repeated("检验", "影像", "医嘱")}
    assert for_column("category", suggested(tmp_path, BASIC | VIEWS | two)) == {"甲": False, "乙": False}
    two = {"甲": TIMES, "乙": TIMES[::-1]}
    assert for_column("event_time", suggested(tmp_path, {"工号": USERS} | VIEWS | two)) == {"甲": False, "乙": False}


def test_a_header_whose_values_contradict_it(tmp_path: Path) -> None:
    pages = {"操作": repeated("基本信息", "医嘱", "病程")}
    sample = sampled(tmp_path, BASIC | pages)
    evidence = ColumnEvidence(sample, map_header(sample.layout.header, {}))
    told = evidence.contradiction("action")
    assert told is not None
    assert (told.header, told.holds) == ("操作", "category")
    assert for_column("category", suggestions(evidence)) == {"操作": False}  # taken over, no row would have an action
    found = suggested(tmp_path, BASIC | pages | {"业务": repeated("查看", "打印")})
    assert for_column("action", found) == {"业务": True}
    assert for_column("category", found) == {"操作": True}


def test_a_kind_of_search_stands_where_the_action_is_a_search(tmp_path: Path) -> None:
    action = repeated("查询", "查看")
    kinds = ["姓名" if one == "查询" and place % 2 else "床号" for place, one in enumerate(action)]
    of_search = [kind if one == "查询" else "" for kind, one in zip(kinds, action, strict=True)]
    base = BASIC | {"操作": action}
    assert for_column("query_by", suggested(tmp_path, base | {"甲": of_search})) == {"甲": True}
    assert for_column("query_by", suggested(tmp_path, base | {"甲": kinds})) == {
        "甲": False
    }  # fields of a form, perhaps


def test_the_account(tmp_path: Path) -> None:
    names = [f"某{chr(0x4E00 + int(user) % 8)}" for user in USERS]
    base: dict[str, Sequence[str]] = {"操作时间": TIMES} | VIEWS
    assert for_column("user_id", suggested(tmp_path, base | {"操作员": names, "经办工号": USERS})) == {"经办工号": True}
    other = base | {"操作员": names, "经办工号": USERS[::-1][7:] + USERS[:7]}
    assert for_column("user_id", suggested(tmp_path, base | {"经办工号": USERS})) == {"经办工号": False}
    assert not any(for_column("user_id", suggested(tmp_path, other | {"操作员": names[::-1]})).values())
    staff = suggested(tmp_path, base | {"甲": USERS, "乙": PATIENTS}, accounts=set(USERS))
    assert for_column("user_id", staff) == {"甲": True}
    two = suggested(tmp_path, base | {"甲": USERS, "申请者": USERS[::-1]}, accounts=set(USERS))
    assert for_column("user_id", two) == {"甲": False, "申请者": False}


@pytest.mark.parametrize(("header", "is_sure"), [
    ("用户编码", True), ("操作者代码", True), ("Operator Key", True), ("医生编码", False), ("申请用户编号", False),
])  # fmt: skip
def test_a_header_that_speaks_of_the_user(tmp_path: Path, header: str, is_sure: bool) -> None:
    columns = {"操作时间": TIMES} | VIEWS | {header: USERS, "病历号": PATIENTS}
    assert for_column("user_id", suggested(tmp_path, columns)) == {header: is_sure}
    both = suggested(tmp_path, columns | {"用户代码号": USERS[::-1]})
    assert "用户代码号" in for_column("user_id", both)
    if is_sure:
        assert not any(for_column("user_id", both).values())


def test_a_name_that_changes_under_one_account_is_no_users(tmp_path: Path) -> None:
    found = suggested(tmp_path, BASIC | VIEWS | {"病历号": PATIENTS, "姓名": repeated("王芳", "李娜", "张伟")})
    assert for_column("user_name", found) == {}


def test_another_column_has_the_words(tmp_path: Path) -> None:
    columns = BASIC | {"操作类型": repeated("门诊", "住院"), "类型": repeated("浏览", "打印")}
    assert for_column("action", suggested(tmp_path, columns)) == {"类型": True}


def test_what_belongs_to_the_account(tmp_path: Path) -> None:
    roles = ["护士" if int(user) % 2 else "医师" for user in USERS]
    assert for_column("user_role", suggested(tmp_path, BASIC | VIEWS | {"操作者岗位": roles})) == {"操作者岗位": True}
    changing = repeated("护士", "医师")
    assert for_column("user_role", suggested(tmp_path, BASIC | VIEWS | {"操作者岗位": changing})) == {
        "操作者岗位": False
    }
    departments = {"申请科室": ["内科" if int(user) % 2 else "外科" for user in USERS]}
    assert not any(one.is_sure for one in suggested(tmp_path, BASIC | VIEWS | departments))


def test_similar_headers() -> None:
    assert similar_column("操作者岗位") == "user_role"
    assert similar_column("终端名称2") == "workstation"
    assert similar_column("神秘") is None
