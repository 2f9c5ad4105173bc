"""Identifiers as systems and spreadsheets write them, and the identifier that each of these texts is.

Only what is safe is unified: guards that a spreadsheet puts around a text, characters that nobody sees, full-width
letters and digits, the row's own user name beside the number. What could be two things stays as it was logged. Every
function works on the different values of a column, or looks at its bytes first: plain values cost next to nothing.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

PATIENT_SEPARATOR: Final = "\x1f"
"""What stands between the patients of one record: formats write it so, and cells that name several are made so."""
IDENTIFIERS: Final = frozenset({"event_id", "user_id", "patient_id", "visit_id", "session_id", "workstation"})
"""Columns whose values name something; there white space inside a text is never more than one blank."""
_HALF_WIDTH: Final = IDENTIFIERS | {"client_ip", "record_count"}
"""Columns in which full-width letters and digits are the ordinary ones."""
_ONE_LINE: Final = _HALF_WIDTH | {"event_time"}

_SPACES: Final = r"[\t\n\v\f\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}]+"
_INVISIBLE: Final = (
    r"[\x{0}-\x{8}\x{e}-\x{1e}\x{7f}-\x{9f}\x{ad}\x{34f}\x{61c}\x{115f}\x{1160}\x{17b4}\x{17b5}\x{180b}-\x{180f}"
    r"\x{200b}-\x{200f}\x{2028}-\x{202e}\x{2060}-\x{206f}\x{3164}\x{fe00}-\x{fe0f}\x{feff}\x{ffa0}\x{fff9}-\x{fffb}"
    r"\x{e0000}-\x{e007f}]"
)
"""Control and format characters but for tabs, line breaks and what separates patients."""
_WIDE: Final = r"[\x{ff01}-\x{ff5e}]"
_GROUPED: Final = r"(\d)[\x{a0}\x{2007}\x{2009}\x{202f}](\d)"
"""Blanks that spreadsheets put between thousands."""
_FORMULA: Final = r'(?s)^\s*=\s*(?:[Tt]\()?"+([^"]*)"*\)?\s*$'
_VALUE: Final = r"^\s*=\s*([0-9A-Za-z._-]+)\s*$"
_QUOTED: Final = "^\\s*['\"‘’“”`´]+\\s*(.*?)\\s*['\"‘’“”`´]*\\s*$"
_APOSTROPHE: Final = "(?s)^\\s*['‘’`]([^a-z'‘’`].*)$"
"""In front of a text that is no identifier; a name such as 't Hart keeps its own."""


def _bytes_table(*bytes_of: int | range) -> npt.NDArray[np.bool_]:
    table = np.zeros(256, np.bool_)
    for one in bytes_of:
        table[one if isinstance(one, int) else list(one)] = True
    return table


_ODD: Final = _bytes_table(
    range(0x20), 0x7F, *(ord(one) for one in "=\"'`"), 0xC2, 0xCD, 0xD8, range(0xE1, 0xE4), 0xEF, 0xF3
)
"""Bytes that something which is no part of a text begins with; those of Chinese characters are hardly among them."""
_BETWEEN: Final = _bytes_table(0x1F, *(ord(one) for one in " ,;|/&+"), 0xE3, 0xEF)
_UNIT: Final = _bytes_table(0x1F)
_EXPONENT: Final = _bytes_table(ord("e"), ord("E"))


_FEW: Final = 8
"""So many bytes are looked for one by one, which is faster than one look at a table for each byte of the texts."""


def _has_bytes(texts: pa.Array | pa.ChunkedArray, wanted: npt.NDArray[np.bool_]) -> bool:
    """Return whether any text has one of these bytes."""
    for chunk in texts.chunks if isinstance(texts, pa.ChunkedArray) else [texts]:
        _, places, data = chunk.buffers()
        if data is None or not len(chunk):
            continue
        kind = np.int64 if pa.types.is_large_string(chunk.type) else np.int32
        offsets = np.frombuffer(places, kind, len(chunk) + 1, chunk.offset * np.dtype(kind).itemsize)
        used = np.frombuffer(data, np.uint8)[offsets[0] : offsets[-1]]
        if not used.size:
            continue
        lowest, highest = int(used.min()), int(used.max())
        possible = lowest + np.flatnonzero(wanted[lowest : highest + 1])
        if possible.size > _FEW and wanted[used].any():
            return True
        if possible.size <= _FEW and any((used == one).any() for one in possible):
            return True
    return False


def without_guards(texts: pa.Array | pa.ChunkedArray, column: str) -> pa.Array | pa.ChunkedArray:
    """Return the texts of a column without what is no part of them: guards, invisible characters, full width."""
    if not _has_bytes(texts, _ODD):
        return texts
    texts = pc.replace_substring_regex(texts, _INVISIBLE, "")
    if column == "patient_id":
        texts = pc.replace_substring_regex(texts, r"\s*[\r\n]\s*", ";")
    if column in _ONE_LINE:
        if column in IDENTIFIERS:
            texts = pc.replace_substring_regex(texts, _GROUPED, r"\1\2")
        texts = pc.replace_substring_regex(texts, _SPACES, " ")
    if column in _HALF_WIDTH:
        wide = pc.match_substring_regex(texts, _WIDE)
        texts = pc.if_else(wide, pc.utf8_normalize(texts, "NFKC"), texts)
    texts = pc.replace_substring_regex(texts, _FORMULA, r"\1")
    if column in _ONE_LINE:
        texts = pc.replace_substring_regex(texts, _VALUE, r"\1")
        return pc.replace_substring_regex(texts, _QUOTED, r"\1")
    return pc.replace_substring_regex(texts, _APOSTROPHE, r"\1")


_SCIENTIFIC: Final = (
    rf"(?:^|[;,|/{PATIENT_SEPARATOR}；、，])\s*"
    r"[+-]?(?:\d(?:[.,]\d+)?[eE]\+\d+|\d[.,]\d+[eE]-?\d+)"
    rf"\s*(?:$|[;,|/{PATIENT_SEPARATOR}；、，])"
)
"""A number as spreadsheets and programs write long ones; a plain 5E12 may be somebody's number."""


def scientific(texts: pa.Array, column: str) -> pa.Array | None:
    """Return for each identifier of a column what is wrong with it where its digits were lost; None where none were."""
    if not _has_bytes(texts, _EXPONENT):
        return None
    is_lost = pc.fill_null(pc.match_substring_regex(texts, _SCIENTIFIC), fill_value=False)
    if not pc.any(is_lost).as_py():
        return None
    reason = f"{column} is in scientific notation: its digits are lost"
    return pc.if_else(is_lost, pa.scalar(reason), pa.scalar(None, pa.string()))


_SEPARATED: Final = rf"[;；、，,|/&+\n{PATIENT_SEPARATOR} ]"
_STRONG: Final = ("；", ";", "、")
_WEAK: Final = ("，", ",", "|")
_WEAKEST: Final = ("/", "&", "+", " ")
_ONE: Final = re.compile(r"(?=.*\d)[0-9A-Za-z][0-9A-Za-z._-]*")
_THOUSANDS: Final = re.compile(r"\d{1,3}(?:,\d{3})+")
_LIST: Final = re.compile(r"\[\s*([^\[\]]*)\]")
"""A list as JSON and programs write it."""
_LEAST_LENGTH: Final = 6
"""Of identifiers between separators that stand inside identifiers as well, such as 2026/0117."""
_LENGTHS_APART: Final = 2


def each_patient(texts: pa.Array) -> pa.Array:
    """Return the texts of `patient_id` with the patients of one cell parted by `PATIENT_SEPARATOR`."""
    if not _has_bytes(texts, _BETWEEN):
        return texts
    several = pc.fill_null(pc.match_substring_regex(texts, _SEPARATED), fill_value=False)
    if not pc.any(several).as_py():
        return texts
    parted = [PATIENT_SEPARATOR.join(patients_of(text)) or None for text in texts.filter(several).to_pylist()]
    return pc.replace_with_mask(texts, several, pa.array(parted, pa.string()))


def patients_of(text: str) -> tuple[str, ...]:
    """Return the identifiers that one cell names, each once: the cell as it is where it may be one identifier.

    Semicolons and Chinese commas stand in no identifier (line breaks were made semicolons). A comma or `|` may, so the
    parts must look alike; of `/`, `&`, `+` and blanks the parts must have one shape and be long.
    """
    if PATIENT_SEPARATOR in text:
        return _each_once(text.split(PATIENT_SEPARATOR))
    listed = _LIST.fullmatch(text)
    if listed:
        return patients_of(re.sub("['\"]", "", listed[1]).strip())
    for separators, fits in ((_STRONG, _have_digits), (_WEAK, _look_alike), (_WEAKEST, _have_one_shape)):
        present = [one for one in separators if one in text]
        if not present:
            continue
        parts = _each_once(re.split("|".join(map(re.escape, present)), text))
        if fits(parts) and not _THOUSANDS.fullmatch(text):
            return parts
        break
    return (text,)


def _each_once(parts: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part for text in parts if (part := text.strip())))


def _have_digits(parts: tuple[str, ...]) -> bool:
    return all(" " not in part and any(one.isdigit() for one in part) for part in parts)


def _look_alike(parts: tuple[str, ...]) -> bool:
    lengths = [len(part) for part in parts]
    kinds = {part.isdigit() for part in parts}
    return (
        all(_ONE.fullmatch(part) for part in parts)
        and len(kinds) == 1
        and max(lengths) - min(lengths) <= _LENGTHS_APART
    )


def _have_one_shape(parts: tuple[str, ...]) -> bool:
    shapes = {re.sub(r"[A-Za-z]", "a", re.sub(r"\d", "0", part)) for part in parts}
    return all(_ONE.fullmatch(part) for part in parts) and len(shapes) == 1 and len(parts[0]) >= _LEAST_LENGTH


def has_several_patients(patient_ids: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array | None:
    """Return which rows name several patients, None where none does."""
    if not _has_bytes(patient_ids, _UNIT):
        return None
    return pc.fill_null(pc.match_substring(patient_ids, PATIENT_SEPARATOR), fill_value=False)


def visits_of_patients(visit_ids: pa.ChunkedArray, patient_ids: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the visits, parted as the patients of the same row are where they are as many."""
    several = has_several_patients(patient_ids)
    if several is None:
        return visit_ids
    visits, patients = (column.filter(several).combine_chunks() for column in (visit_ids, patient_ids))
    parted = each_patient(visits)
    as_many = pc.equal(*(pc.count_substring(texts, PATIENT_SEPARATOR) for texts in (parted, patients)))
    settled = pc.if_else(pc.fill_null(as_many, fill_value=False), parted, visits)
    whole, mask = visit_ids.combine_chunks(), several.combine_chunks()
    return pa.chunked_array([pc.replace_with_mask(whole, mask, settled)])


_NAMED: Final = "[^0-9A-Za-z]"
_LABEL: Final = r"(?:(?:工号|账号|帐号|编号|ID|No\.?)\s*:?\s*)?"
_ID: Final = r"((?=[^\s]*\d)[0-9A-Za-z](?:[0-9A-Za-z._@\\-]*[0-9A-Za-z])?)"
_OPEN, _CLOSE = r"[\(\[{<【〔「]", r"[\)\]}>】〕」]"
_BEFORE: Final = re.compile(rf"{_OPEN}\s*{_LABEL}{_ID}\s*{_CLOSE}\s*[-/_:|,]?\s*|{_LABEL}{_ID}(?:\s*[-/_:|,·]\s*|\s+)")
_BEHIND: Final = re.compile(rf"\s*[-/_:|,]?\s*{_OPEN}\s*{_LABEL}{_ID}\s*{_CLOSE}|(?:\s*[-/_:|,·]\s*|\s+){_ID}")
_AROUND: Final = re.compile(rf"{_ID}\s*{_OPEN}\s*")
_END: Final = re.compile(rf"\s*{_CLOSE}")
_LEAST_BEHIND: Final = 3
"""Characters of a number behind a name without brackets: 王芳-2 may be the second of that name."""


_DOTS: Final = str.maketrans("•‧∙⋅・･", "······")
"""How the dot within names of China's peoples is typed."""
_WITHIN: Final = re.compile(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])")
"""The blank that forms put within names of two characters."""


@cache
def _compared(name: str) -> str:
    return _plain(name).lower()


def _plain(text: str) -> str:
    return _WITHIN.sub("", " ".join(unicodedata.normalize("NFKC", text).translate(_DOTS).split()))


def account_of(text: str, name: str | None) -> str:
    """Return the account that a text names beside the row's own user name, as `王芳(01001)` or `01001-王芳` do.

    The number has a digit and the name has none, else the text is an account by itself.
    """
    own = _compared(name) if name is not None else ""
    plain = _plain(text)
    lower = plain.lower()
    place = lower.find(own) if own else -1
    if place < 0 or len(lower) != len(plain) or any(one.isdigit() for one in own):
        return text
    before, behind = plain[:place], plain[place + len(own) :]
    found: re.Match[str] | None = None
    if not behind:
        found = _BEFORE.fullmatch(before)
    elif not before:
        found = _BEHIND.fullmatch(behind)
        if found is not None and found[1] is None and len(found[2]) < _LEAST_BEHIND:
            found = None
    elif _END.fullmatch(behind):
        found = _AROUND.fullmatch(before)
    return text if found is None else next(group for group in found.groups() if group)


def account_ids(user_ids: pa.ChunkedArray, names: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the accounts of rows, their names beside them; each pair of the two is looked at once."""
    ids = pc.dictionary_encode(user_ids.combine_chunks())
    candidates = pc.fill_null(pc.match_substring_regex(ids.dictionary, _NAMED), fill_value=False)
    if not pc.any(candidates).as_py():
        return user_ids
    own = pc.dictionary_encode(names.combine_chunks())
    account = ids.indices.fill_null(len(ids.dictionary)).to_numpy(zero_copy_only=False).astype(np.int64)
    person = own.indices.fill_null(len(own.dictionary)).to_numpy(zero_copy_only=False).astype(np.int64)
    is_candidate = np.append(candidates.to_numpy(zero_copy_only=False), False)[account]
    width = len(own.dictionary) + 1
    pairs, places = np.unique((account * width + person)[is_candidate], return_inverse=True)
    texts, people = ids.dictionary.to_pylist(), [*own.dictionary.to_pylist(), None]
    found = [account_of(texts[pair // width], people[pair % width]) for pair in pairs.tolist()]
    if all(texts[pair // width] == one for pair, one in zip(pairs.tolist(), found, strict=True)):
        return user_ids
    values = pa.array(found, pa.string()).take(pa.array(places))
    return pa.chunked_array([pc.replace_with_mask(user_ids.combine_chunks(), pa.array(is_candidate), values)])
