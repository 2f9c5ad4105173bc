"""The context tables: their columns in the CSV files, what each becomes in the store, and how a failed file is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class ContextColumn:
    """One column. `kind` is `text`, `word` (lower-cased), `list`, `start`, `end` or `date`; `stored` is its name.

    `aliases` are other headers for it, `default` the value of an empty field.
    """

    header: str
    kind: str = "text"
    stored: str = ""
    aliases: str = ""
    needed: bool = False
    default: str | None = None

    @property
    def name(self) -> str:
        """The column's name in the store."""
        return self.stored or self.header


class Loss(Enum):
    """What of a table may not be lost from one night to the next: how a file that fails is told from one that is right.

    A file that cannot be read or lacks a needed column fails whatever the table.
    """

    ACCOUNTS = "accounts"
    """The staff table: its rows (policies need those who left as well) and the accounts that have not left."""
    ROWS = "rows"
    """A table without dates: its rows."""
    VALID_ROWS = "valid rows"
    """A table with dates: the rows valid on the business date. A roster may hold one month and be replaced."""
    NOTHING = "nothing"
    """Any number of rows is right: nothing has to be approved."""


@dataclass(frozen=True, slots=True)
class ContextTable:
    """One table: its columns, and what it may not lose."""

    columns: tuple[ContextColumn, ...]
    loss: Loss


_USER: Final = "工号 职工号 员工号 用户编号 账号"
_PATIENT: Final = "患者ID 患者编号 病案号 病历号 病人ID"
_START: Final = "开始时间 开始日期 start_date start_time starts_at"
_END: Final = "结束时间 结束日期 end_date end_time ends_at"

_CROSSWALK: Final = (
    ContextColumn("source", aliases="来源 系统 系统名称"),
    ContextColumn("id", aliases="原编号 原账号 原工号 原病历号 logged_id local_id", needed=True),
    ContextColumn("canonical_id", aliases="统一编号 统一账号 主账号 主索引 主编号 canonical", needed=True),
    ContextColumn("start", "start", stored="starts_at", aliases=_START),
    ContextColumn("end", "end", stored="ends_at", aliases=_END),
)

CONTEXT_TABLES: Final[Mapping[str, ContextTable]] = MappingProxyType({
    "staff": ContextTable((
        ContextColumn("user_id", aliases=_USER, needed=True),
        ContextColumn("name", aliases="姓名 user_name"),
        ContextColumn("department", aliases="科室 所属科室 部门"),
        ContextColumn("role", aliases="角色 岗位 职称 职务"),
        ContextColumn("account_type", "word", aliases="账号类型 账户类型", default="human"),
        ContextColumn("status", "word", aliases="状态 在职状态", default="active"),
        ContextColumn("start_date", "start", stored="starts_at", aliases="start starts_at 入职日期 开始日期"),
        ContextColumn("end_date", "end", stored="ends_at", aliases="end ends_at 离职日期 结束日期"),
        ContextColumn("patient_id", aliases=_PATIENT),
        ContextColumn("manager_id", aliases="上级工号 主管工号"),
        ContextColumn("allowed_categories", "list", aliases="允许类别"),
        ContextColumn("employment", "word", aliases="用工类型 用工形式 用工性质 聘用形式"),
    ), Loss.ACCOUNTS),
    "patients": ContextTable((
        ContextColumn("patient_id", aliases=_PATIENT, needed=True),
        ContextColumn("birth_date", "date", aliases="出生日期"),
        ContextColumn("sex", aliases="性别"),
        ContextColumn("flags", "list", aliases="标记 标签"),
        ContextColumn("household_id", aliases="家庭编号 户号"),
    ), Loss.ROWS),
    "encounters": ContextTable((
        ContextColumn("visit_id", aliases="就诊号 就诊流水号 住院号"),
        ContextColumn("patient_id", aliases=_PATIENT, needed=True),
        ContextColumn("department", aliases="科室 就诊科室"),
        ContextColumn("kind", "word", aliases="类型 就诊类型"),
        ContextColumn("start", "start", stored="starts_at", aliases=_START + " 入院时间 就诊时间", needed=True),
        ContextColumn("end", "end", stored="ends_at", aliases=_END + " 出院时间"),
    ), Loss.VALID_ROWS),
    "care_team": ContextTable((
        ContextColumn("patient_id", aliases=_PATIENT, needed=True),
        ContextColumn("user_id", aliases=_USER, needed=True),
        ContextColumn("start", "start", stored="starts_at", aliases=_START),
        ContextColumn("end", "end", stored="ends_at", aliases=_END),
        ContextColumn("relation", "word", aliases="关系"),
    ), Loss.VALID_ROWS),
    "roster": ContextTable((
        ContextColumn("user_id", aliases=_USER, needed=True),
        ContextColumn("start", "start", stored="starts_at", aliases=_START + " 上班时间", needed=True),
        ContextColumn("end", "end", stored="ends_at", aliases=_END + " 下班时间", needed=True),
    ), Loss.VALID_ROWS),
    "approvals": ContextTable((
        ContextColumn("user_id", aliases=_USER, needed=True),
        ContextColumn("patterns", "list", aliases="模式"),
        ContextColumn("start", "start", stored="starts_at", aliases=_START),
        ContextColumn("end", "end", stored="ends_at", aliases=_END),
        ContextColumn("approved_by", aliases="批准人 审批人"),
        ContextColumn("reason", aliases="原因 事由"),
    ), Loss.NOTHING),
    "user_ids": ContextTable(_CROSSWALK, Loss.ROWS),
    "patient_ids": ContextTable(_CROSSWALK, Loss.ROWS),
    "vip_patients": ContextTable((ContextColumn("patient_id", aliases=_PATIENT, needed=True),), Loss.ROWS),
    "decoy_patients": ContextTable((ContextColumn("patient_id", aliases=_PATIENT, needed=True),), Loss.ROWS),
})  # fmt: skip
