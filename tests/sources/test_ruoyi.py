"""RuoYi's logs, by their rows and by their files; the expected values are those of the mapping, not of the code."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.sources.byte_stream import ByteStream
from detector.sources.formats import formats, recognised
from detector.sources.log_format import ReadOptions
from detector.sources.record_reader import CANONICAL
from detector.sources.ruoyi_rows import known_columns, ruoyi_record
from tests.sources.test_excel import workbook


def operation(**more: str | None) -> dict[str, str | None]:
    return {
        "oper_id": "100", "title": "岗位管理", "business_type": "1", "method": "a.b()", "request_method": "POST",
        "oper_name": "admin", "dept_name": None, "oper_url": "/his/x", "oper_ip": "10.1.2.3", "oper_param": "{}",
        "json_result": None, "status": "0", "error_msg": None, "oper_time": "2026-05-04 08:00:00",
    } | more  # fmt: skip


@pytest.mark.parametrize(
    ("code", "label", "action"),
    [
        ("1", "新增", "create"), ("2", "修改", "update"), ("3", "删除", "delete"), ("4", "授权", "update"),
        ("5", "导出", "export"), ("6", "导入", "create"), ("7", "强退", "other"), ("8", "生成代码", "other"),
        ("9", "清空数据", "delete"), ("0", "其它", "other"),
    ],
)  # fmt: skip
def test_kinds_of_business(code: str, label: str, action: str) -> None:
    assert ruoyi_record(operation(business_type=code))["action"] == action
    assert ruoyi_record(operation(business_type=label))["action"] == action


def test_a_query_that_is_logged_is_a_view() -> None:
    for kind in ("0", "其它", "", None):
        assert ruoyi_record(operation(business_type=kind, request_method="GET"))["action"] == "view"
    assert ruoyi_record(operation(business_type="5", request_method="GET"))["action"] == "export"
    assert ruoyi_record(operation(business_type="查询"))["action"] == "search"
    assert ruoyi_record(operation(business_type="12"))["action"] == "12"  # for the site to say


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("0", "success"), ("正常", "success"), ("1", "failure"), ("异常", "failure"), (None, None)],
)
def test_outcomes(status: str | None, outcome: str | None) -> None:
    assert ruoyi_record(operation(status=status))["outcome"] == outcome


@pytest.mark.parametrize(
    ("url", "parameters", "patient"),
    [
        ("/his/patient/123", "", "123"),
        ("/his/patient/HZ14,HZ15", "{patientIds=HZ14,HZ15}", "HZ14\x1fHZ15"),
        ("/his/care/getCareHistoryByPatientId/HZ14", "", "HZ14"),
        ("/his/patient/edit/123", "", "123"),
        ("/his/patient/list", "", None),
        ("/his/patientOrder/77", "", None),
        ("/his/v2/patient", "", None),
        ("/his/producer/7", "{postIds=7}", None),
        ("/system/user/100", '{"userId":100}', None),
        ("/his/care?patientId=88&x=1", "", "88"),
        ("/his/care", '{"careHistory":{"patientId":"HZ14","name":"张三"}}', "HZ14"),
        ("/his/care", '{"patientId":["HZ14"]}', "HZ14"),
        ("/his/care", '{"params":{},"patId":145}', "145"),
        ("/his/care", "patientId=HZ14&name=x", "HZ14"),
        ("/his/care", '{"病案号":"x","idCard":"110101199001010015"}', "110101199001010015"),
        ("/his/care", '{"regId":"GH14","patientId":"HZ14"}', "HZ14"),
        ("/his/care", '{"regId":"GH14"}', "GH14"),
        ("/his/care", '{"remark":"\\"patientId\\":\\"HZ14\\""}', None),
        ("/his/care", '{"name":"a","patientId":"HZ14', None),
        ("/his/care", '{"name":"a","patientId":145', None),
        ("/his/care", '{"patientId":null}', None),
    ],
)
def test_patients(url: str, parameters: str, patient: str | None) -> None:
    assert ruoyi_record(operation(oper_url=url, oper_param=parameters))["patient_id"] == patient


@given(st.integers(0, 2000))
def test_parameters_that_are_cut(length: int) -> None:
    """Wherever they are cut, the patient is the right one or none, and nothing else of them is told."""
    whole = '{"password":"geheim","phonenumber":"13900000001","patientId":"HZ1454","x":"' + "y" * 2000
    record = ruoyi_record(operation(oper_param=whole[:length]))
    assert record["patient_id"] in {None, "HZ1454"}
    assert not any(secret in str(record) for secret in ("geheim", "13900000001"))


def test_what_a_record_is_of() -> None:
    def category(url: str, title: str) -> str | None:
        return ruoyi_record(operation(oper_url=url, title=title))["category"]

    assert category("/his/patient/5", "岗位管理") == "demographics"
    assert category("/system/menu", "患者信息") == "other"
    assert category("/his/medicines/5", "岗位管理") == "medication"
    assert category("/his/x", "医嘱") == "order"
    assert category("/his/x", "岗位管理") is None


def test_the_number_of_records() -> None:
    result = '{"total":57,"rows":[{"a":'
    assert ruoyi_record(operation(business_type="0", request_method="GET", json_result=result))["record_count"] == "57"
    assert ruoyi_record(operation(business_type="5", json_result='{"total":5'))["record_count"] is None
    assert ruoyi_record(operation(business_type="1", json_result='{"total":5}'))["record_count"] is None


@pytest.mark.parametrize(
    ("message", "status", "action", "outcome"),
    [
        ("登录成功", "0", "login", "success"), ("登录成功", "成功", "login", "success"),
        ("退出成功", "0", "logout", "success"), ("验证码错误", "1", "login", "failure"),
        ("用户不存在/密码错误", "失败", "login", "failure"), ("验证码已失效", None, "login", "failure"),
        ("退出成功", None, "logout", "success"), ("注册成功", "0", "other", "success"),
    ],
)  # fmt: skip
def test_log_ins(message: str, status: str | None, action: str, outcome: str) -> None:
    record = ruoyi_record({
        "info_id": "7", "user_name": "admin", "ipaddr": "10.1.2.3", "status": status, "msg": message,
        "login_time": "2026-05-04 08:00:00",
    })  # fmt: skip
    assert record == {
        "event_id": "login-7", "event_time": "2026-05-04 08:00:00", "user_id": "admin", "action": action,
        "client_ip": "10.1.2.3", "outcome": outcome,
    }  # fmt: skip


VUE = ("操作序号,操作模块,业务类型,请求方法,请求方式,操作类别,操作人员,部门名称,请求地址,操作地址,操作地点,请求参数,返回参数,"
       "状态,错误消息,操作时间,消耗时间")  # fmt: skip
THYMELEAF = ("日志主键,系统模块,操作类型,操作方法,请求方式,操作类别,操作人员,部门名称,请求URL,主机,操作地点,请求参数,返回参数,"
             "操作状态,错误消息,操作时间")  # fmt: skip
VALUES = ("100", "患者管理", "删除", "a.b()", "DELETE", "后台用户", "admin", "内科", "/his/patient/123", "10.1.2.3",
          "内网IP", '{"password":"geheim"}', "null", "异常", '### 出错\n第二行,"引号"', "2026-05-04 08:00:00", "5")  # fmt: skip
EXPECTED = ("100", "2026-05-04 08:00:00", "admin", "内科", "123", "delete", "demographics", "10.1.2.3", "患者管理",
            "failure")  # fmt: skip
COLUMNS = ("event_id", "event_time", "user_id", "user_department", "patient_id", "action", "category", "client_ip",
           "application", "outcome")  # fmt: skip


def read(path: Path) -> list[dict[str, Any]]:
    log_format = recognised(path.read_bytes()[: 64 << 10], path)
    assert log_format is formats()["ruoyi"]
    with ByteStream(path) as stream:
        return [
            {name: one[f"c{index}"] for index, name in enumerate(CANONICAL)}
            for chunk in log_format.open(stream, ReadOptions()).chunks(tuple(range(len(CANONICAL))), frozenset())
            for one in chunk.records.to_pylist()
        ]


@pytest.mark.parametrize("header", [VUE, THYMELEAF, THYMELEAF.replace(",", " ,") + " "])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_exports(tmp_path: Path, header: str, encoding: str) -> None:
    names = header.split(",")
    text = io.StringIO()
    csv.writer(text).writerows([names, *[VALUES[: len(names)]] * 2])
    path = tmp_path / "操作日志.csv"
    path.write_bytes(text.getvalue().encode(encoding))
    assert [tuple(one[name] for name in COLUMNS) for one in read(path)] == [EXPECTED] * 2


def test_an_export_of_log_ins(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "登录日志,,,,,,,,\n导出时间：2026-05-05 09:00:00,,,,,,,,\n"
        "访问编号,用户名称,登录地址,登录地点,浏览器,操作系统,登录状态,提示消息,访问时间\n"
        "7,admin,10.1.2.3,内网IP,Chrome 9,Windows 10,失败,验证码错误,2026-05-04 08:00:00\n", encoding="utf-8",
    )  # fmt: skip
    assert [(one["event_id"], one["user_id"], one["action"], one["outcome"]) for one in read(path)] == [
        ("login-7", "admin", "login", "failure")
    ]


def test_a_dump(tmp_path: Path) -> None:
    path = tmp_path / "his.sql"
    path.write_text(
        "/*\n Navicat Premium Data Transfer\n*/\nSET NAMES utf8mb4;\nDROP TABLE IF EXISTS `sys_oper_log`;\n"
        "CREATE TABLE `sys_oper_log`  (\n  `oper_id` bigint NOT NULL COMMENT '日志主键; (x)',\n  `title` varchar(50),\n"
        "  `business_type` int,\n  `request_method` varchar(10),\n  `oper_name` varchar(50),\n  `oper_url` varchar(255),\n"
        "  `oper_ip` varchar(128),\n  `oper_param` varchar(2000),\n  `status` int,\n  `error_msg` text,\n"
        "  `oper_time` datetime,\n  PRIMARY KEY (`oper_id`) USING BTREE\n) ENGINE = InnoDB;\n"
        "INSERT INTO `sys_oper_log` VALUES (100, '患者', 3, 'DELETE', 'admin', '/his/patient/123', '10.1.2.3',"
        " '{\\\"a\\\":\\\"it\\'s; (b),\\\"}', 1, '### 出错\n(1, 2);\n', '2026-05-04 08:00:00');\n"
        "INSERT INTO sys_job VALUES (1, 'x');\n"
        "INSERT INTO his.sys_logininfor (info_id, user_name, ipaddr, status, msg, login_time) VALUES\n"
        "(7, 'admin', '10.1.2.3', '1', '验证码错误', '2026-05-04 08:00:00'),\n"
        "(8, 'admin', '10.1.2.3', '0', '退出成功', '2026-05-04 09:00:00');\n", encoding="utf-8",
    )  # fmt: skip
    assert [(one["event_id"], one["action"], one["patient_id"], one["outcome"]) for one in read(path)] == [
        ("100", "delete", "123", "failure"), ("login-7", "login", None, "failure"),
        ("login-8", "logout", None, "success"),
    ]  # fmt: skip


def test_another_log_is_none_of_ruoyis() -> None:
    assert known_columns(("操作时间", "工号", "操作类型", "病历号", "状态")) is None
    others = ("操作人员", "操作时间", "操作类型", "请求方式", "请求参数", "病历号")
    assert known_columns(others) is None, "its patient has a column of its own"
    assert known_columns(others[:-1]) is not None
    assert known_columns(("用户名称", "登录时间", "登录IP", "操作系统", "描述", "操作类型")) is None


@pytest.mark.parametrize(
    "header",
    [
        VUE.split(","),
        ["序号", *["用户账号", "登录地址", "登录地点", "浏览器", "操作系统", "登录状态", "提示消息", "访问时间"]],
    ],
)
def test_an_export_without_one_of_its_columns_is_known(header: list[str]) -> None:
    needed = {"操作人员", "操作时间", "用户账号", "访问时间"}
    assert needed & set(header)
    for left_out in header:
        found = known_columns([text for text in header if text != left_out])
        assert (found is None) is (left_out in needed), left_out


def test_a_workbook_as_the_system_writes_it(tmp_path: Path) -> None:
    """A merged title, headers with a space at their end, a further sheet."""
    rows = [("操作日志",), [f"{name} " for name in VUE.split(",")], VALUES]
    path = tmp_path / "操作日志.xlsx"
    path.write_bytes(workbook(("操作日志", rows), ("操作日志1", rows)))
    assert [tuple(one[name] for name in COLUMNS) for one in read(path)] == [EXPECTED] * 2
    logins = [("登录日志",), ("访问编号", "用户名称", "登录地址", "登录状态", "提示消息", "访问时间"),
              ("7", "admin", "10.1.2.3", "成功", "退出成功", "2026-05-04 08:00:00")]  # fmt: skip
    path.write_bytes(workbook(("登录日志", logins)))
    assert [(one["event_id"], one["action"]) for one in read(path)] == [("login-7", "logout")]
