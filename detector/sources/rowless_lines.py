"""Lines of an export that are no rows: blank ones, totals, what is noted above and below the rows.

They are told by what they say and by what they lack: a line with a time in its column is a row, whatever it says.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

TOTAL: Final = "no record: a total"
NOTE: Final = "no record: a note of the export"
_SPACE: Final = r"[\s\p{Z}\x{feff}\x{2400}]*"
_RULE: Final = r"[\s\p{{Z}}\"{delimiter}]*(?:[-=_+*—─━]{{2,}}[\s\p{{Z}}\"{delimiter}|+]*)+"
_LEAD: Final = r"[\s\p{{Z}}\"'{delimiter}(（\[［【〔「<《*#=\-—─]*(?:以上|[本此]次)?"
_GAP: Final = r"[\s\p{Z}]*"
_TOTALS: Final = (
    "[合总小累共]{g}计", "[总合]{g}数", "总[条行]数", "总?记录数", "记录总数", "行数{g}[:：]", "汇{g}总",
    "本页{g}[合小总]{g}计", "[本当][日月年次班][合小总累]计",
    "[总合]?共{g}(?:有|导出|查询[到出]?|检索[到出]?|显示)?{g}{n}{g}[条行笔例个项页次人份]",
    "第{g}{n}{g}页", "页[码次数]{g}[:：]", "(?:导出|查询[到出]?){g}{n}{g}[条行笔]",
    "(?:数据|记录|导出|返回)[条行]数{g}[:：{delimiter}]",
    "(?:总|合计)[\\p{Han}]{0,4}(?:次数|人[次数]|量)(?:[:：{delimiter}]|$)",
    "{n}{g}/{g}{n}{g}(?:页{g})?(?:{delimiter}|$)", "已选择{g}{n}{g}行", "查询到{g}{n}",
    "{n}{g}[条行笔]{g}(?:记录|数据|受影响)?{g}(?:[)）\\]】。.]|$)",
    "(?:grand|sub|running)?{g}-?{g}totals?\\b", "(?:sum|count){g}(?:[:：{delimiter}]|$)", "page{g}{n}",
    "(?:row|record)s?{g}(?:count|returned|selected|affected|total)?{g}[:：=]{g}{n}",
    "(?:number|no\\.?|count) of (?:rows|records|entries)",
    "{n}{g}(?:row|record|entr|line|result)(?:s|y|ies|\\(s\\))?\\b",
)  # fmt: skip
"""How a total begins, or what numbers the rows and pages; ``{g}``: a gap, ``{n}``: a number."""
_NOTES: Final = (
    "(?:数据)?导出(?:时间|日期|人|用户|单位|条件|说明)", "打印(?:时间|日期|人|用户)",
    "制{g}[表单]{g}(?:人|时间|日期|单位)?",
    "[填上]报(?:人|时间|日期|单位)", "审[核批](?:人|时间|日期)", "复核人?", "查询(?:时间|日期|条件|人|范围)",
    "统计(?:时间|日期|范围|人|周期)", "(?:报表|文件)?生成(?:时间|日期|人)", "数据来源", "报表(?:名称|日期|编号)",
    "起止(?:时间|日期)",
    "(?:备{g}注|说{g}明|注){g}[:：]", "以下(?:空白|无(?:正文|内容|数据)?(?:[)）]|$))",
    "以上(?:为|是)(?:全部|所有)", "[\\p{Han}]{0,6}[(（]?(?:签[字名章]|盖章){g}[)）]?{g}[:：]",
    "(?:经办|负责|制作|编制|填表|统计|科室负责|科主任|报告)人{g}(?:签[字名])?{g}[:：{delimiter}(（]",
    "sql>", "spool\\b", "(?:报表|文件|记录|数据|本页?)?结束",
    "(?:report )?(?:export|print|generat|creat|prepar|extract)ed{g}(?:on|at|by|date|time|from)?{g}[:：{delimiter}]?",
    "(?:export|print|report|run) (?:date|time|by|user|name)", "end{g}of{g}(?:report|file|data|list|log)", "end{g}[-*=]",
    "source{g}:", "confidential",
)  # fmt: skip
"""How what is noted about an export begins."""
_WORDS: Final = re.compile(r"[\u3400-\u9fff]{2}|[A-Za-z]{3,}")


def _pattern(begins: tuple[str, ...], delimiter: str) -> str:
    escaped = _escaped(delimiter)
    filling = {"{g}": _GAP, "{n}": "[0-9０-９,，]+", "{delimiter}": escaped}
    words = "|".join(begins)
    for gap, pattern in filling.items():
        words = words.replace(gap, pattern)
    return f"^(?i){_LEAD.format(delimiter=escaped)}(?:{words})"


def _escaped(delimiter: str) -> str:
    return "\\t" if delimiter == "\t" else f"\\{delimiter}"


@cache
def _patterns(delimiter: str) -> tuple[str, str, str]:
    """Return the patterns of RE2 for blank lines (rules of dashes included), totals and notes."""
    escaped = _escaped(delimiter)
    nothing = f'(?:{_SPACE}|"{_SPACE}")'
    blank = f"^(?:{nothing}(?:{escaped}{nothing})*|{_RULE.format(delimiter=escaped)})$"
    return blank, _pattern(_TOTALS, delimiter), _pattern(_NOTES, delimiter)


def blank_lines(lines: pa.Array, delimiter: str) -> NDArray[np.bool_]:
    """Return which lines say nothing: separators alone, quotes of nothing, a rule of dashes."""
    return _matches(lines, _patterns(delimiter)[0])


def totals(lines: pa.Array, delimiter: str) -> NDArray[np.bool_]:
    """Return which lines begin as a total does: 合计, 共 8 条, (8 rows)."""
    return _matches(lines, _patterns(delimiter)[1])


def notes(lines: pa.Array, delimiter: str) -> NDArray[np.bool_]:
    """Return which lines begin as what is noted about an export: 导出时间, 制表人, printed by."""
    return _matches(lines, _patterns(delimiter)[2])


def is_title(fields: tuple[str, ...]) -> bool:
    """Return whether a line above a header is a title: words, one or two fields of them or without any digit."""
    filled = [field for field in fields if field]
    is_short = len(filled) <= 2 or not any(character.isdigit() for field in filled for character in field)
    return bool(filled) and is_short and _WORDS.search(filled[0]) is not None


def _matches(lines: pa.Array, pattern: str) -> NDArray[np.bool_]:
    return np.asarray(pc.fill_null(pc.match_substring_regex(lines, pattern), fill_value=False), dtype=bool)
