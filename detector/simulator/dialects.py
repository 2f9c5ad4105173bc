"""How the logs of each kind of hospital are spelled: headers, times, and what the configuration must map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from detector.simulator.plan import HospitalKind


@dataclass(frozen=True)
class Dialect:
    """Spelling of one hospital's logs.

    The headers map canonical columns to the header written, in the order of the file; `mapped`
    are those of the HIS that the configuration names (the rest are common aliases). Times are
    strftime patterns.
    """

    his_header: dict[str, str]
    mapped: tuple[str, ...]
    his_time: str
    emr_time: str
    his_prefix: str
    emr_header: dict[str, str]


_EMR: Final = {
    name: name
    for name in (
        "event_id",
        "event_time",
        "user_id",
        "user_name",
        "user_department",
        "user_role",
        "patient_id",
        "patient_department",
        "visit_id",
        "action",
        "category",
        "record_count",
        "query_by",
        "client_ip",
        "workstation",
        "application",
        "session_id",
        "outcome",
        "reason",
    )
}

DIALECTS: Final[dict[HospitalKind, Dialect]] = {
    "maternity": Dialect(
        his_header={
            "event_id": "日志编号",
            "event_time": "操作时间",
            "user_id": "工号",
            "user_name": "操作员",
            "user_department": "所属科室",
            "user_role": "岗位",
            "patient_id": "患者ID",
            "visit_id": "就诊流水号",
            "patient_department": "就诊科室",
            "application": "系统名称",
            "action": "操作类型",
            "category": "数据类别",
            "record_count": "记录数",
            "query_by": "查询方式",
            "client_ip": "客户端IP",
            "workstation": "终端名",
            "session_id": "会话ID",
            "outcome": "操作结果",
            "reason": "调阅原因",
        },
        mapped=("event_id", "user_role", "application", "category", "query_by"),
        his_time="%Y-%m-%d %H:%M:%S",
        emr_time="%Y-%m-%dT%H:%M:%S%.3f+08:00",
        his_prefix="L",
        emr_header=_EMR,
    ),
    "general": Dialect(
        his_header={
            "event_time": "访问时间",
            "event_id": "流水",
            "user_id": "操作员代码",
            "user_name": "操作员姓名",
            "user_department": "操作科室",
            "action": "动作",
            "category": "内容",
            "patient_id": "病案号",
            "visit_id": "就诊号",
            "patient_department": "患者科室",
            "record_count": "返回行数",
            "query_by": "检索条件",
            "client_ip": "IP地址",
            "workstation": "计算机名",
            "application": "子系统",
            "session_id": "会话",
            "outcome": "结果",
            "reason": "事由",
            "user_role": "职务",
        },
        mapped=(
            "event_time",
            "event_id",
            "user_id",
            "user_name",
            "user_department",
            "action",
            "category",
            "patient_id",
            "visit_id",
            "patient_department",
            "record_count",
            "query_by",
            "client_ip",
            "workstation",
            "application",
            "session_id",
            "outcome",
            "reason",
            "user_role",
        ),
        his_time="%Y/%-m/%-d %-H:%M:%S",
        emr_time="%Y-%m-%d %H:%M:%S",
        his_prefix="",
        emr_header=_EMR,
    ),
}
