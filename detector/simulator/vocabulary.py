"""The words of the simulated logs: coded inside, spelled in English and in Chinese when written."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[Any]
"""Whole numbers: indices, counts, seconds."""
Floats: TypeAlias = npt.NDArray[Any]
"""Real numbers: rates and chances."""
Flags: TypeAlias = npt.NDArray[np.bool_]
"""Truth values."""

NONE: Final = -1
"""The index that stands for nobody, no visit, no attack."""

MINUTE: Final = 60
HOUR: Final = 3600
DAY: Final = 86400
"""Lengths of time in seconds."""

ACTIONS: Final[dict[str, str]] = {
    "login": "登录",
    "logout": "退出",
    "search": "查询",
    "view": "浏览",
    "create": "新增",
    "update": "修改",
    "delete": "删除",
    "print": "打印",
    "export": "导出",
    "break_glass": "紧急访问",
}
CATEGORIES: Final[dict[str, str]] = {
    "": "",
    "demographics": "基本信息",
    "obstetric": "产科记录",
    "newborn": "新生儿记录",
    "note": "病程记录",
    "order": "医嘱",
    "medication": "用药",
    "result": "检验报告",
    "imaging": "影像检查",
    "billing": "费用",
    "list": "患者列表",
    "psychiatric": "精神心理记录",
    "reproductive": "生殖医学记录",
    "infectious": "传染病报告",
    "other": "其他",
}
QUERIES: Final[dict[str, str]] = {
    "": "",
    "patient_id": "病案号",
    "name": "姓名",
    "id_number": "身份证号",
    "phone": "手机号",
    "bed": "床号",
    "worklist": "工作列表",
    "other": "其他",
}
OUTCOMES: Final[dict[str, str]] = {"success": "成功", "failure": "失败"}
REASONS: Final[tuple[str, ...]] = (
    "",
    "抢救",
    "急诊接诊",
    "会诊",
    "夜间值班处理",
    "工作需要",
    "查看",
    "密码错误",
    "科研检索",
    "月度统计",
)
"""Free texts of the reason column; an event stores the position."""

ACTION: Final = {name: code for code, name in enumerate(ACTIONS)}
CATEGORY: Final = {name: code for code, name in enumerate(CATEGORIES)}
QUERY: Final = {name: code for code, name in enumerate(QUERIES)}
OUTCOME: Final = {name: code for code, name in enumerate(OUTCOMES)}
REASON: Final = {text: code for code, text in enumerate(REASONS)}

EMR_CATEGORIES: Final = (
    "obstetric",
    "newborn",
    "note",
    "result",
    "imaging",
    "psychiatric",
    "reproductive",
    "infectious",
)
"""Record categories whose events the EMR logs; the HIS logs all others, log-ins included.

Medication and orders are looked at in the EMR and entered in the HIS.
"""

ROLES: Final[dict[str, str]] = {
    "director": "科主任",
    "doctor": "医师",
    "resident": "住院医师",
    "head_nurse": "护士长",
    "nurse": "护士",
    "midwife": "助产士",
    "technician": "技师",
    "pharmacist": "药师",
    "clerk": "收费挂号员",
    "coder": "编码员",
    "officer": "职能科员",
    "it": "信息工程师",
    "service": "接口账号",
    "vendor": "厂商账号",
    "kiosk": "自助机",
}
ROLE: Final = {name: code for code, name in enumerate(ROLES)}

PATIENT_FLAGS: Final = (
    "maternity",
    "newborn",
    "psychiatric",
    "reproductive",
    "infectious",
    "staff",
    "vip",
)
"""Flags of a patient; flag number *i* is stored as the bit ``1 << i``."""


def flag(name: str) -> int:
    """Return the bit that stands for a patient flag."""
    return 1 << PATIENT_FLAGS.index(name)
