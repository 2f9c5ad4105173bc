"""The logs of web systems built on RuoYi: operations (``sys_oper_log``) and log-ins (``sys_logininfor``).

The patient stands in the address of the request or among its parameters, whose text may be cut off. Parameters hold
passwords and telephone numbers as well: nothing of them becomes part of an event but the patient's number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from urllib.parse import unquote

from detector.sources.aliases import canonical_column, canonical_value, normal

Row = Mapping[str, str | None]
SEPARATOR: Final = "\x1f"

OPERATIONS: Final[Mapping[str, str]] = MappingProxyType({
    "oper_id": "oper_id 操作序号 日志编号 日志主键",
    "title": "title 操作模块 系统模块 模块标题",
    "business_type": "business_type 业务类型 操作类型",
    "method": "method 请求方法 操作方法 方法名称",
    "request_method": "request_method 请求方式",
    "operator_type": "operator_type 操作类别 操作人类别",
    "oper_name": "oper_name 操作人员",
    "dept_name": "dept_name 部门名称",
    "oper_url": "oper_url 请求地址 请求URL 操作URL",
    "oper_ip": "oper_ip 操作地址 主机 主机地址 操作IP",
    "oper_location": "oper_location 操作地点",
    "oper_param": "oper_param 请求参数",
    "json_result": "json_result 返回参数",
    "status": "status 状态 操作状态",
    "error_msg": "error_msg 错误消息",
    "oper_time": "oper_time 操作时间 操作日期",
    "cost_time": "cost_time 消耗时间",
})  # fmt: skip
"""Column of ``sys_oper_log``: its headers in the exports of the editions and versions."""
LOGINS: Final[Mapping[str, str]] = MappingProxyType({
    "info_id": "info_id 序号 访问编号 访问ID",
    "user_name": "user_name login_name 用户账号 用户名称 登录名称 登录账号",
    "ipaddr": "ipaddr 登录地址 登录IP地址 登录IP 主机",
    "login_location": "login_location 登录地点",
    "browser": "browser 浏览器 浏览器类型",
    "os": "os 操作系统",
    "status": "status 登录状态 状态",
    "msg": "msg 提示消息 操作信息 描述",
    "login_time": "login_time 访问时间 登录时间 登录日期",
})  # fmt: skip
"""The same of ``sys_logininfor``."""
TABLES: Final[Mapping[str, Sequence[str]]] = MappingProxyType({
    "sys_oper_log": tuple(name for name in OPERATIONS),
    "sys_logininfor": tuple(name for name in LOGINS),
})  # fmt: skip
"""The columns of the tables in the order of their definition."""
NEEDED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({
    "event_time": ("oper_time", "login_time"), "user_id": ("oper_name", "user_name"),
    "action": ("cost_time", "error_msg", "oper_location", "json_result", "oper_param", "operator_type", "method",
               "request_method", "oper_url", "business_type", "ipaddr", "os", "browser", "login_location", "status",
               "msg"),
})  # fmt: skip
"""What a header below titles is known by."""
_ELSEWHERE: Final = frozenset({"patient_id", "visit_id", "action"})
"""What these tables have no column for: a table with one is another system's."""


@dataclass(frozen=True, slots=True)
class _Known:
    """The columns of a table, and those by which an export is known for ``sure``.

    Exports leave columns out: one is known as well by those ``needed`` and by ``least`` of the table's ``own``.
    """

    columns: Mapping[str, str]
    sure: frozenset[str]
    needed: frozenset[str]
    own: frozenset[str]
    least: int

    def fits(self, found: frozenset[str], others: Iterable[str]) -> bool:
        """Return whether a header with these columns is of the table; of the ``others`` none says what it would."""
        if self.sure <= found:
            return True
        if not (self.needed <= found and len(self.own & found) >= self.least):
            return False
        return _ELSEWHERE.isdisjoint(canonical_column(text) for text in others)


_KNOWN: Final = (
    _Known(
        OPERATIONS,
        frozenset({"business_type", "oper_name", "oper_url", "oper_time"}),
        frozenset({"oper_name", "oper_time"}),
        frozenset({"business_type", "method", "request_method", "operator_type", "oper_url", "oper_param",
                   "json_result", "oper_location", "error_msg", "cost_time"}),
        3,
    ),
    _Known(
        LOGINS,
        frozenset({"user_name", "ipaddr", "status", "msg", "login_time"}),
        frozenset({"user_name", "login_time"}),
        frozenset({"ipaddr", "login_location", "browser", "os", "status", "msg"}),
        3,
    ),
)  # fmt: skip

_TYPES: Final[Mapping[str, str]] = MappingProxyType({
    "1": "create", "2": "update", "3": "delete", "4": "update", "5": "export", "6": "create", "7": "other",
    "8": "other", "9": "delete",
    "新增": "create", "修改": "update", "删除": "delete", "授权": "update", "导出": "export", "导入": "create",
    "强退": "other", "生成代码": "other", "清空数据": "delete", "清空": "delete",
})  # fmt: skip
_NO_TYPE: Final = frozenset({"", "0", "其它", "其他"})
_OUTCOMES: Final[Mapping[str, str]] = MappingProxyType({
    "0": "success", "正常": "success", "成功": "success", "1": "failure", "异常": "failure", "失败": "failure",
})  # fmt: skip
_LOGIN_MESSAGES: Final = (("退出", "logout"), ("注销", "logout"), ("登出", "logout"), ("logout", "logout"),
                          ("注册", "other"), ("register", "other"))  # fmt: skip
_GOOD_MESSAGES: Final = ("成功", "success")

_KEYS: Final = ("patientid", "patid", "patientno", "patno", "patientids", "patids")
"""Names of parameters that hold the patient's number, besides those that `aliases` knows."""
_LAST_KEYS: Final = ("idcard", "regid", "registrationid", "regno")
"""Names that are asked where no other names the patient: identity card and registration."""
_VISIT_KEYS: Final = ("regid", "registrationid", "regno", "visitid", "visitno", "encounterid")
_PARAMETER: Final = re.compile(
    r'(?<![\\\w])"?(?P<key>[A-Za-z_]\w*)"?\s*[:=]\s*'
    r'(?:"(?P<text>(?:[^"\\]|\\.)*)"|(?P<list>\[[^\[\]{}]*\])|(?P<bare>[^\s",&\[\]{}]+(?:,[^\s",&\[\]{}=:]+)*)(?=[\s,&}\]]))'
)
"""A name and its whole value in JSON, in a printed map or in a query; a value that is cut off is none."""
_ITEM: Final = re.compile(r'"((?:[^"\\]|\\.)*)"|([^\s",\[\]]+)')
_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_BEHIND_PATIENT: Final = frozenset(
    {"s", "by", "id", "ids", "no", "number", "info", "detail", "details", "data", "message", "one", "and", "with"}
)
_IDENTIFIER: Final = re.compile(r"(?=.*\d)[\w.\-]{1,64}(?:,[\w.\-]{1,64})*")
_VERSION: Final = re.compile(r"v\d+(?:\.\d+)?")
_TOTAL: Final = re.compile(r'"total"\s*:\s*(\d{1,12})(?=\s*[,}])')
_MOST_PATIENTS: Final = 200
_URL_WORDS: Final = (
    ("other", ("system", "monitor", "tool", "gen", "login", "logout")),
    ("list", ("list", "page", "queue", "schedule", "scheduling", "statistics", "report")),
    ("imaging", ("image", "imaging", "pacs", "dicom", "xray")),
    ("result", ("check", "result", "exam", "examination", "lab", "lis", "inspect", "test")),
    ("medication", ("drug", "medicine", "medicines", "medication", "pharmacy", "dispense", "stock", "purchase")),
    ("order", ("order", "orders", "prescription", "advice")),
    ("billing", ("fee", "charge", "bill", "billing", "pay", "payment", "cost", "invoice", "refund", "backfee")),
    ("note", ("care", "history", "histories", "record", "emr", "case", "note", "diagnosis")),
    ("demographics", ("patient", "patients", "pat")),
)  # fmt: skip
"""Words in the address of a request, first found first; titles of modules are often copied and wrong."""


def known_columns(header: Iterable[str]) -> dict[int, str] | None:
    """Return the column of the log for each place of a header that is known; None where it is no log of RuoYi."""
    header = tuple(header)
    names = [normal(text) for text in header]
    for known in _KNOWN:
        found: dict[int, str] = {}
        for column, texts in known.columns.items():
            place = next((names.index(normal(text)) for text in texts.split() if normal(text) in names), None)
            if place is not None and place not in found:
                found[place] = column
        others = [text for place, text in enumerate(header) if place not in found]
        if known.fits(frozenset(found.values()), others):
            return found
    return None


def ruoyi_record(row: Row) -> dict[str, str | None]:
    """Return the event of a row of either log by canonical column names."""
    return _login(row) if "login_time" in row else _operation(row)


def _operation(row: Row) -> dict[str, str | None]:
    url, parameters = row.get("oper_url") or "", row.get("oper_param") or ""
    given = named_values(parameters, url)
    patients = _patients(given, url)
    action = _action(row)
    return {
        "event_id": row.get("oper_id"),
        "event_time": row.get("oper_time"),
        "user_id": row.get("oper_name"),
        "user_department": row.get("dept_name"),
        "patient_id": SEPARATOR.join(patients[:_MOST_PATIENTS]) or None,
        "visit_id": next((values[0] for key in _VISIT_KEYS if (values := given.get(key))), None),
        "action": action,
        "category": _category(url, row.get("title")),
        "record_count": _total(row.get("json_result")) if action in {"view", "search", "export", "print"} else None,
        "client_ip": row.get("oper_ip"),
        "application": row.get("title"),
        "outcome": _OUTCOMES.get((row.get("status") or "").strip()),
    }


def _login(row: Row) -> dict[str, str | None]:
    message = (row.get("msg") or "").strip()
    low = message.lower()
    action = next((action for word, action in _LOGIN_MESSAGES if word in low), "login")
    said = _OUTCOMES.get((row.get("status") or "").strip())
    told = "success" if any(word in low for word in _GOOD_MESSAGES) else "failure" if message else None
    number = row.get("info_id")
    return {
        "event_id": f"login-{number}" if number else None,
        "event_time": row.get("login_time"),
        "user_id": row.get("user_name"),
        "action": action,
        "client_ip": row.get("ipaddr"),
        "outcome": said or told,
    }


def _action(row: Row) -> str | None:
    """Return what the kind of business is; an unknown one stays as it is, so that the site can say what it means."""
    kind = (row.get("business_type") or "").strip()
    if kind in _TYPES:
        return _TYPES[kind]
    if kind not in _NO_TYPE:
        return canonical_value("action", kind, {}) or kind
    return "view" if (row.get("request_method") or "").strip().upper() == "GET" else "other"


def named_values(parameters: str, url: str) -> dict[str, list[str]]:
    """Return the values of parameters by name, in lower case without underscores, in their order; cut ones left out."""
    found: dict[str, list[str]] = {}
    query = url.partition("?")[2]
    for text in (parameters, f"{unquote(query)}&" if query else ""):
        for match in _PARAMETER.finditer(text):
            key = match["key"].lower().replace("_", "")
            if match["list"] is not None:
                values = [text or bare for text, bare in _ITEM.findall(match["list"])]
            else:
                values = (match["text"] if match["text"] is not None else match["bare"]).split(",")
            kept = [value.strip() for value in values if value.strip() and value.strip().lower() != "null"]
            found.setdefault(key, []).extend(value for value in kept if len(value) <= 64)
    return found


def _patients(given: Mapping[str, list[str]], url: str) -> list[str]:
    known = [key for key in given if key not in _KEYS and key != "pid" and canonical_column(key) == "patient_id"]
    for key in (*_KEYS, *known):
        if given.get(key):
            return list(dict.fromkeys(given[key]))
    return _in_address(url) or next((given[key][:1] for key in _LAST_KEYS if given.get(key)), [])


def _in_address(url: str) -> list[str]:
    """Return the patients that the path of a request names: ``/his/patient/123``, ``…/getByPatientId/123``."""
    segments = [unquote(segment) for segment in url.partition("?")[0].split("/") if segment]
    speaks = False
    for segment in segments:
        if speaks and _IDENTIFIER.fullmatch(segment) and not _VERSION.fullmatch(segment):
            return segment.split(",")
        words = [word.lower() for word in _WORD.findall(segment)]
        places = [place for place, word in enumerate(words) if word in {"patient", "patients", "pat"}]
        if places:
            speaks = set(words[places[-1] + 1 :]) <= _BEHIND_PATIENT
        elif speaks and not set(words) <= {
            *_BEHIND_PATIENT,
            "get",
            "query",
            "edit",
            "remove",
            "delete",
            "update",
            "view",
            "list",
        }:
            speaks = False
    return []


def _category(url: str, title: str | None) -> str | None:
    words = {word.lower() for word in _WORD.findall(url.partition("?")[0])}
    for category, telling in _URL_WORDS:
        if words & set(telling):
            return category
    return canonical_value("category", title, {}) if title else None


def _total(result: str | None) -> str | None:
    match = _TOTAL.search(result or "")
    return match[1] if match else None
