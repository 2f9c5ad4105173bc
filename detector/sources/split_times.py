"""Times whose date and time of day stand in two columns: joined where one has a date and the other a clock.

Which of the two columns a row needs is seen in its values: a column called 操作时间 may hold whole times beside one
called 操作日期, or clocks alone.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

_WORD: Final = r"(?:上午|凌晨|早上|早晨|清晨|中午|下午|晚上|傍晚|[AaPp]\.?[Mm]\.?)"
_CLOCK: Final = (
    rf"^(?:{_WORD} ?)?[0-9]{{1,2}} ?[:时時点點.] ?[0-9]{{1,2}}(?: ?分)?"
    rf"(?: ?[:.]? ?[0-9]{{1,2}}(?:[.,][0-9]+)?(?: ?秒)?)?"
    rf"(?: ?{_WORD})?(?: ?(?:Z|UTC|GMT|[+-][0-9]{{2}}:?[0-9]{{2}}))?$|^[0-9]{{3,6}}$"
)
"""A time of day without a date."""
_NO_DATE: Final = r"^(?:1899[-/]12[-/]3[01]|1900[-/]0?1[-/]0?[01]|1970[-/]0?1[-/]0?1)[T ]+"
"""What databases and spreadsheets put before a clock in place of a date."""
_MIDNIGHT: Final = r"[T ]+(?:(?:00?:00(?::00(?:\.0+)?)?)|(?:上午 ?)?12:00(?::00)? ?(?:[Aa]\.?[Mm]\.?)?)$"
_MIDDAY: Final = r"[T ]12:00(?::00)? ?$"
_DATE: Final = (
    r"^(?:[0-9]{4} ?[-/.年] ?[0-9]{1,2} ?[-/.月] ?[0-9]{1,2} ?[日号號]?|[0-9]{8}"
    r"|[0-9]{1,2} ?[-/.] ?[0-9]{1,2} ?[-/.] ?[0-9]{4}"
    r"|[0-9]{1,2}[- /](?:[A-Za-z]{3,9}|[0-9]{1,2}月) ?[- /](?:[0-9]{4}|[0-9]{2})"
    r"|[A-Za-z]{3,9} [0-9]{1,2},? [0-9]{4})(?: ?[(（]?(?:星期|[周週]|礼拜).[)）]?)?$"
)
"""A date without a time of day."""


def joined_times(texts: pa.ChunkedArray | pa.Array, beside: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    """Return the times of a column, joined with the column ``beside`` where one of them has no date, or no clock.

    Both are cleaned texts. A date with a midnight behind it is a date alone where the other has the clock; a text that
    is a whole time stays as it is, and an empty one is the other's.
    """
    texts, beside = _plain(texts), _plain(beside)
    clock, other_clock = _as_clock(texts), _as_clock(beside)
    date, other_date = _as_date(texts), _as_date(beside)
    joined = pc.coalesce(
        pc.binary_join_element_wise(other_date, clock, " "), pc.binary_join_element_wise(date, other_clock, " ")
    )
    whole = pc.if_else(pc.and_(pc.is_valid(clock), pc.is_valid(beside)), beside, texts)
    return pc.coalesce(joined, whole, texts, beside)


def joined_time(text: str, beside: str) -> str:
    """Return the time of one row, see :func:`joined_times`."""
    joined = joined_times(pa.array([text or None], pa.string()), pa.array([beside or None], pa.string()))
    return str(joined[0].as_py() or "")


def _plain(texts: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    if pc.all(pc.string_is_ascii(texts)).as_py() in {True, None}:
        return texts
    wide = pc.match_substring_regex(texts, r"[\x{FF00}-\x{FFEF}\x{3000}\x{00A0}\x{202F}]")
    return pc.if_else(wide, pc.utf8_normalize(texts, "NFKC"), texts)


def _as_clock(texts: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    """Return the texts that are clocks alone, a first zero that was lost put back; null for others."""
    clocks = pc.replace_substring_regex(texts, _NO_DATE, "")
    clocks = pc.replace_substring_regex(clocks, r"^([0-9]{3}|[0-9]{5})$", r"0\1")
    return pc.if_else(pc.match_substring_regex(clocks, _CLOCK), clocks, pa.scalar(None, pa.string()))


def _as_date(texts: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    """Return the texts that are dates alone, a midnight behind them cut off; null for others."""
    midday = pc.match_substring_regex(texts, _MIDDAY)
    dates = pc.if_else(midday, texts, pc.replace_substring_regex(texts, _MIDNIGHT, ""))
    return pc.if_else(pc.match_substring_regex(dates, _DATE), dates, pa.scalar(None, pa.string()))
