"""The headers and values that hospital systems use, and the canonical names they mean. The one place for both.

A header or value is looked up after normalising: full-width to half-width (NFKC), no spaces, brackets, underscores or
dots, lower case. There is no guessing: what is not in these tables is taken only by `[source.columns]` and
`[source.values]`. Where a file has several headers for one column, the one that stands first in the table wins.
A plain 序号 is no identity: many exports number their rows from 1 each time.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from detector.model.event_columns import COLUMNS, ENUMS


def _words(text: str) -> tuple[str, ...]:
    """Return the words of a list that is written as one text."""
    return tuple(text.split())


HEADERS: Final[Mapping[str, str]] = MappingProxyType({
    "event_id": "event_id 日志序号 日志ID 日志编号 日志主键 操作序号 记录序号 事件ID 审计ID log_id audit_id id uuid",
    "event_time": "event_time 操作时间 操作日期时间 操作日期 访问时间 访问日期 发生时间 日志时间 记录时间 登录时间 登陆时间"
    " 创建时间 时间 日期时间 timestamp access_time access_log.access_time event_date datetime date time oper_time login_time event_date_time opendttm logged_at date_created access_date_time date_time_record_accessed"
    " 日期 登录日期 登陆日期 发生日期 记录日期 日志日期 创建日期 操作时刻 时刻 access_date oper_date log_date operation_date"
    " login_date log_time operation_time create_time"
    " 调阅时间 调阅日期 浏览时间 浏览日期 查看时间 查看日期 查阅时间 查阅日期 oper_datetime operate_time operate_date log_datetime",
    "user_id": "user_id 工号 职工工号 员工工号 操作员工号 操作人工号 操作者工号 用户工号 操作员代码 操作员编码 操作员编号"
    " 操作员ID 操作人ID 操作者ID 用户ID 用户编号 用户代码 用户账号 用户帐号 账号 帐号 登录名 登陆名 登录账号 登录帐号"
    " 职工号 员工号 职工编号 员工编号 人员编码 人员编号 医护工号 userid emp_id employee_id staff_id account login"
    " clarity_emp.user_id emp.system_login login_name actor.id operator.id"
    " access_log.user_id system_login viewed_by_id accessed_by user user_login"
    " 操作工号 登录工号 登陆工号 访问人工号 访问者工号 调阅人工号 调阅者工号 浏览人工号 查看人工号 查阅人工号 访问人ID 调阅人ID 访问人编号 调阅人编号 访问人账号 调阅人账号 oper_code operator_code operator_id",
    "user_name": "user_name 操作员 操作员姓名 操作人 操作人员 操作人姓名 操作者 操作者姓名 用户姓名 用户名 用户名称"
    " 职工姓名 员工姓名 人员姓名 医护姓名 username oper_name staff_name clarity_emp.name"
    " 操作用户 登录用户 登陆用户 访问用户 用户 访问人 访问者 访问人员 访问人姓名 调阅人 调阅者 调阅人员 调阅人姓名 浏览人 浏览人姓名 查看人 查看人姓名 查阅人 查阅人姓名 operator operator_name",
    "user_department": "user_department 所属科室 操作科室 操作员科室 操作人科室 用户科室 登录科室 科室 部门 部门名称"
    " 所属部门 科室名称 病区 department dept_name dept clarity_dep.department_name"
    " 访问人科室 调阅人科室 调阅科室 浏览人科室 查看人科室",
    "user_role": "user_role 角色 角色名称 岗位 岗位名称 职称 职务 人员类别 role position user_position",
    "patient_id": "patient_id 患者ID 患者编号 患者号 患者标识 患者唯一号 患者主索引 病人ID 病人编号 病人号 病人标识 病案号"
    " 病历号 登记号 就诊卡号 卡号 主索引 EMPI EMPI号 mrn patient.pat_mrn_id pat_mrn_id patient_mrn pat_id pid patient.pat_id access_log.pat_id patient_uuid medical_record_number medical_record_no"
    " 患者编码 患者代码 病人编码 病人代码 病案编号 病历编号 patient_no patient_number patient_code pat_no",
    "patient_department": "patient_department 患者科室 患者所在科室 就诊科室 住院科室 病人科室 病人所在科室",
    "visit_id": "visit_id 就诊号 就诊流水号 就诊ID 就诊编号 住院流水号 门诊流水号 挂号单号 住院号 门诊号 encounter_id"
    " pat_enc_csn_id visit_no csn access_log.csn pat_enc.pat_enc_csn_id encounter",
    "action": "action 操作类型 业务类型 操作类别 操作动作 操作 操作名称 动作 事件类型 事件名称 行为 行为类型 功能"
    " event_type operation access_action zc_access_action.name business_type"
    " 调阅类型 访问类型 浏览类型 查看类型 动作类型 操作行为 访问动作 访问行为 oper_type operate_type operation_type action_type action_name event_name",
    "category": "category 数据类别 数据类型 记录类别 病历类型 文书类型 内容类别 record_category data_category",
    "record_count": "record_count 记录数 记录条数 条数 返回行数 返回条数 导出条数 导出记录数 打印份数 影响行数 数量"
    " row_count rows records image_count",
    "query_by": "query_by 查询方式 检索方式 查询条件 检索条件 查询类型 search_by",
    "client_ip": "client_ip 客户端IP 终端IP 操作IP 登录IP 登陆IP 访问IP 来源IP 主机IP IP地址 操作地址 登录地址 登陆地址"
    " IP ipaddr ip_address ip_addr oper_ip source_ip ipv4_address ipv6_address",
    "workstation": "workstation 终端名 终端名称 终端 计算机名 计算机名称 机器名 工作站 工作站名 主机名 主机名称 MAC地址"
    " workstation_id access_log.workstation_id hostname computer_name workstation_name device_used",
    "application": "application 模块 模块名称 系统模块 操作模块 功能模块 菜单 菜单名称 功能名称 系统 系统名称 子系统 应用"
    " 应用名称 页面 module app zc_metric_group.name option_used",
    "session_id": "session_id 会话号 会话ID 会话 会话标识 session audit_session_id access_log.audit_session_id",
    "outcome": "outcome 操作结果 登录状态 登陆状态 操作状态 是否成功 结果 状态 result status success",
    "reason": "reason 原因 事由 调阅原因 申请理由 访问原因 操作原因 紧急原因 理由 备注 zc_btg_reason.name btg_reason"
    " 调阅理由 调阅事由 调阅目的 访问理由 访问事由 访问目的"
    " break_glass_reason pat_btg_audit.btg_explanation btg_explanation",
})  # fmt: skip
"""Canonical column: the headers that mean it, most telling first, separated by spaces."""

PATIENT_NAME_HEADERS: Final = ("患者姓名", "病人姓名", "patient_name")
AMBIGUOUS_NAME: Final = "姓名"
"""The user's name only where the patient's has a column of its own."""
ADMISSION_NUMBER: Final = "住院号"
"""Patient-level in many hospitals: it becomes `patient_id` where no other column names the patient."""

VALUES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType({
    "action": MappingProxyType({
        "login": "登录 登陆 签入 登入 系统登录 登录成功 登录系统 log_in logon signin",
        "logout": "退出 注销 登出 签出 退出系统 退出登录 log_out logoff signout",
        "search": "查询 检索 搜索 查找 患者查询 病人查询 query find",
        "view": "查看 浏览 调阅 打开 访问 病历浏览 病历查看 病历调阅 查阅 详情 阅读 预览 读取 read open access select display",
        "create": "新增 新建 录入 书写 保存 添加 插入 开立 登记 insert add write",
        "update": "修改 编辑 更新 审签 审核 签名 变更 modify edit",
        "delete": "删除 作废 撤销 移除 remove",
        "print": "打印 补打 病历打印 打印病历",
        "export": "导出 下载 另存 另存为 批量导出 拷贝 复制 数据导出 病历导出 download copy",
        "break_glass": "紧急访问 越权 越权访问 应急调阅 紧急调阅 破窗 强制访问 breaktheglass btg emergency_access",
        "other": "其他 其它",
    }),
    "category": MappingProxyType({
        "demographics": "基本信息 患者信息 病人信息 个人信息 人口学信息 首页信息 registration",
        "obstetric": "产科记录 产科 产检 产检记录 分娩记录 孕产信息 孕产妇保健 产科病历",
        "newborn": "新生儿记录 新生儿 新生儿信息 儿保",
        "note": "病程 病程记录 病历 病历文书 文书 电子病历 入院记录 出院记录 出院小结 护理记录 门诊病历 notes",
        "order": "医嘱 处方 申请单 检查申请 检验申请 orders",
        "medication": "用药 药品 药物 给药 用药记录 发药 medications",
        "result": "检验 检验报告 检验结果 化验 检查 检查报告 检查结果 results lab",
        "imaging": "影像 影像报告 放射 超声 pacs",
        "billing": "费用 收费 结算 账单 医保",
        "list": "列表 清单 患者列表 病人列表 名单 统计 报表 lists reports",
        "psychiatric": "精神科记录 精神科 精神 心理",
        "reproductive": "生殖记录 生殖 生殖医学 辅助生殖 计划生育",
        "infectious": "传染病 传染病记录 艾滋病 感染性疾病 hiv",
        "other": "其他 其它",
    }),
    "query_by": MappingProxyType({
        "patient_id": "病历号 病案号 患者ID 患者编号 病人ID 登记号 卡号 就诊卡号 住院号 门诊号 mrn",
        "name": "姓名 患者姓名 病人姓名 按姓名",
        "id_number": "身份证号 身份证 证件号 证件号码 身份证号码 idcard",
        "phone": "手机号 手机 电话 联系电话 电话号码 手机号码 mobile",
        "bed": "床号 床位 床位号",
        "worklist": "工作列表 列表 患者列表 病区列表 待办 候诊列表",
        "other": "其他 其它",
    }),
    "outcome": MappingProxyType({
        "success": "成功 正常 是 y yes true ok 操作成功 登录成功 通过",
        "failure": "失败 异常 否 拒绝 n no false fail failed error denied 操作失败 登录失败 错误",
    }),
})  # fmt: skip
"""Enum column: canonical value: the values that mean it. 0 and 1 are absent on purpose: systems disagree about them."""

TELLING_OUTCOMES: Final = frozenset(
    _words("成功 失败 操作成功 操作失败 登录成功 登录失败 success successful failure failed fail denied")
)
"""Values that speak of success by themselves: 是, no or 正常 stand in many columns that are no outcome."""

PATIENT_WORDS: Final = ("患者", "病人", "病员", "病患", "病案", "病历", "主索引", "patient", "mrn", "empi")
"""A header with one of these and a word for a number names the patient."""
RECORD_WORDS: Final = ("建档", "档案", "诊疗卡", "就诊卡", "健康卡", "一卡通")
"""Headers that speak of the patient's record or card; documents of other kinds have such numbers as well."""
NUMBER_WORDS: Final = _words("号 id 编码 代码 标识 流水 索引 内码 主键 number no num code key")
OTHER_THINGS: Final = _words(
    "姓名 名称 用户 登录 账号 电话 手机 身份证 证件 床 科室 病区 部门 年龄 性别 出生 地址 类型 类别 次数 医嘱 申请 处方 单据 单号 检查 检验 条码"
    " 样本 标本 发票 费用 药 影像 报告 文书 医生 医师 护士 操作 工号 员工 职工 家属 联系 终端 设备 机器 批次 会话 日志 序号 行号"
    " 页 版本 模板 模版 文档 内容 状态 等级 级别 来源 ip name phone mobile bed dept ward age sex birth address type order exam accession invoice sample report doctor"
    " nurse operator staff employee contact device terminal session version seq batch row"
    " log template document form class status source level user login account"
)
"""What a number may belong to that is no patient."""
USER_WORDS: Final = _words("用户 操作员 操作人 操作者 登录 登陆 账号 帐号 user operator login account")
"""A header with one of these and a word for a number names the account."""
STAFF_WORDS: Final = _words("员工 职工 人员 医生 医师 护士 医护 employee staff doctor physician nurse clinician")
"""Who is named by one of these may be the account, or whom the record is about."""
VISIT_WORDS: Final = _words("就诊 住院 门诊 入院 挂号 visit encounter admission inpatient outpatient")
OTHER_ACTORS: Final = _words("患者 病人 就诊 申请 开单 开立 执行 接收 目标 原 收件 patient target order")
"""A department, role or name behind one of these is not the one of whoever acted."""
NOT_CLIENT_WORDS: Final = _words("服务 版本 目标 目的 数据库 网关 server version dest target gateway")
"""An address behind one of these is not where the user sat."""
RECORD_ACTIONS: Final = frozenset({"search", "view", "create", "update", "delete", "print", "export"})
OBJECT_WORDS: Final = frozenset(
    _words("患者 病人 数据 信息 记录 页面 报表 资料 文件 内容 结果 操作 按钮 record patient data report page")
)
"""What an action may be done to, beside what has a category: 查看 and 病历 together are understood."""

ROW_NUMBERS: Final = frozenset(_words("序号 行号 编号 no num rownum rowno"))
"""Headers of columns that number the rows of one export; no identity."""

SURNAMES: Final[Mapping[str, str]] = MappingProxyType({
    "single": "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭"
    "陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤欧温康施",
    "double": "欧阳|上官|司马|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|夏侯|司徒|司空|端木|独孤",
})  # fmt: skip
"""The commonest Chinese surnames; six in seven people have one of them."""
ORDINARY_WORDS: Final = frozenset(
    _words(
        "任务 任务单 高危 高级 白班 方案 方式 方法 方便 金额 马上 段落 石膏 余额 许可 许可证 程序 范围 付款 付费 万能 向导 向上 向下"
        " 高值 严重 金标 于是 史料 江湖 龙骨 温度 康复 施工 施治 林区 田间 顾客 何时 毛重 雷达 韩语 方位 汤剂 白名单 黑名单 黄疸"
    )
)
"""Words of systems that begin like a name."""

NO_CONTENT: Final = frozenset({"", "null", "(null)", "<null>", "\\n", "none", "nan"})
"""Texts that are no part of what a record without an id is known by. It never changes: ids would."""
_EMPTY_WORDS: Final = _words(
    "null (null) <null> [null] nul nil \\n none <none> (none) nan nat <na> n/a n\\a #n/a n.a. undefined #null! #value!"
    " #ref! #name? #num! #div/0! (empty) <empty> empty (blank) - -- --- ---- – —— — ―― ― ─ －－ / // \\ . .. ... … ……"
    " ? ?? ??? ？ 无 空 (无) (空) （无） （空） [无] [空] 【无】 【空】 <空> 空值 暂无 暂缺 缺失 未填 未填写 未录入 没有 无数据 不适用"
)
_FULL_WIDTH: Final = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
EMPTY_VALUES: Final = frozenset({"", *_EMPTY_WORDS, *(word.translate(_FULL_WIDTH) for word in _EMPTY_WORDS)})
"""Texts that exports write for no value, after trimming and lower-casing."""
NO_PATIENT: Final = frozenset(
    _words(
        "未知 未知患者 不详 未提供 未登记 未建档 未选择 unknown [unknown] (unknown) unk anonymous 匿名 * ** *** **** ***** ******"
    )
)
"""Texts in a patient's place that name none, beside these."""

_DROPPED: Final = re.compile(r"[\s_.\-/()（）\[\]【】<>《》:：\"“”`'*]+")


def normal(text: str) -> str:
    """Return a header or value as it is compared."""
    return _DROPPED.sub("", unicodedata.normalize("NFKC", text).casefold())


@cache
def header_table() -> Mapping[str, tuple[str, int]]:
    """Return normalised header: canonical column and rank (0 = the canonical name itself)."""
    table: dict[str, tuple[str, int]] = {}
    for column in COLUMNS:
        for rank, header in enumerate(HEADERS[column].split()):
            table.setdefault(normal(header), (column, rank))
    return table


@cache
def value_table(column: str) -> Mapping[str, str]:
    """Return normalised value: canonical value, for one enum column."""
    table = {normal(value): value for value in ENUMS[column]}
    for canonical, values in VALUES[column].items():
        for value in values.split():
            table.setdefault(normal(value), canonical)
    return table


_ENGLISH: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_AFFIX_LENGTH: Final = 4


def speaks_of(header: str, words: Collection[str]) -> bool:
    """Return whether a header holds one of these words: Chinese anywhere, English as a word of its own or grown on."""
    text, parts = normal(header), [part.casefold() for part in _ENGLISH.findall(header)]
    for word in words:
        if not word.isascii():
            if word in text:
                return True
        elif word in parts or (
            len(word) >= _AFFIX_LENGTH and any(part.startswith(word) or part.endswith(word) for part in parts)
        ):
            return True
    return False


@cache
def _known_values() -> frozenset[str]:
    return frozenset(value for column in VALUES for value in value_table(column))


def is_known_value(text: str) -> bool:
    """Return whether any enum column knows this value."""
    return normal(text) in _known_values()


_REMARK: Final = re.compile(
    r"[(（\[【]\s*(?:必[填录输]|选填|可选|[可非]空|主键|唯一|文本|字符串?|日期|数字|格式[^)）\]】]*|北京时间|本地时间|[年月日时分秒ymdhs24:：\-/.\s]{2,})\s*[)）\]】]",
    re.IGNORECASE,
)
"""What stands in brackets behind a header and does not change what it means; a zone does."""
_CODE: Final = re.compile(r"(.+?)\s*[(（\[【]\s*([a-z]\w*)\s*[)）\]】]\s*", re.IGNORECASE | re.ASCII)


def column_and_rank(header: str) -> tuple[str, int] | None:
    """Return the column that a header means and its rank; a remark or the field's code may stand in brackets."""
    table = header_table()
    found = table.get(normal(header))
    if found is not None or normal(header) == header.casefold():
        return found
    found = table.get(normal(_REMARK.sub("", header)))
    coded = _CODE.fullmatch(header)
    if found is not None or coded is None:
        return found
    named, code = table.get(normal(coded[1])), table.get(normal(coded[2]))
    if code is not None and (named is None or named[0] != code[0]):
        return code if named is None and code[1] == 0 else None
    return named if code is not None else None


def canonical_column(header: str) -> str | None:
    """Return the column that a header means by itself, or None."""
    found = column_and_rank(header)
    return found[0] if found else None


def canonical_value(column: str, value: str, mapping: Mapping[str, str]) -> str | None:
    """Return the canonical value of a text: by the site's mapping first, then by the tables, or None."""
    mapped = mapping.get(value)
    return mapped if mapped is not None else value_table(column).get(normal(value))
