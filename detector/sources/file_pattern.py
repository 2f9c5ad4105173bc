"""The glob that reads a log's next files too: what varies in the name of one file, told from what names its system.

A date, a range of dates, a number that counts, a rotation's suffix: these vary. A glob never catches a file that lies
there already and whose name differs in anything else; where none can tell them apart, the name stays as it is.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_YEAR: Final = r"(?:19|20)\d\d"
_MONTH: Final = r"(?:0?[1-9]|1[0-2])"
_DAY: Final = r"(?:0?[1-9]|[12]\d|3[01])"
_NAME: Final = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
_CLOCK: Final = r"(?:[-_T ]?\d\d[-_:.时]?\d\d(?:[-_:.分]?\d\d秒?)?)?"
_DATES: Final = re.compile(
    rf"(?:{_YEAR}年)?(?<!\d){_MONTH}月份?(?:{_DAY}[日号](?:[-~～至到]{_DAY}[日号])?)?"
    rf"|{_YEAR}年(?:第?[一二三四1-4]季度?)?"
    rf"|(?<!\d){_YEAR}[-_.]?[QqWw]\d{{1,2}}(?!\d)"
    rf"|(?<!\d){_YEAR}[-_. ]{_MONTH}[-_. ]{_DAY}{_CLOCK}(?!\d)"
    rf"|(?<!\d){_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]){_CLOCK}(?!\d)"
    rf"|(?<!\d){_YEAR}[-_. ]?(?:0[1-9]|1[0-2])(?!\d)"
    rf"|(?<!\d){_YEAR}[-_.][1-9](?!\d)"
    rf"|(?<![a-z\d]){_DAY}[-_.]{_MONTH}[-_.]{_YEAR}(?![-_.]?\d)"
    rf"|(?<![a-z\d]){_MONTH}[-_.]{_YEAR}(?![-_.]?\d)"
    rf"|(?<!\d)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d)"
    rf"|(?<![a-z])(?:{_DAY}[-_ ]?)?{_NAME}[-_ ]?(?:{_DAY}[-_, ]+)?{_YEAR}(?!\d)"
    rf"|(?<!\d){_YEAR}[-_ ]?{_NAME}(?![a-z])",
    re.IGNORECASE,
)
"""Dates that name a month, a quarter, a week or a day."""
_NUMBERS: Final = re.compile(r"\d{4,}")
"""Where no date is: years, serial numbers of four digits and more."""
_COUNTER: Final = re.compile(r"(?<=[-_ #(（])\d{1,3}(?=[)）]?$)")
"""Where neither is: a short number at the end that something separates from the name."""
_JOINED: Final = re.compile("\0(?:[-_. ~～至到]*[(（]?(?:\0|\\d{1,6}(?=[)）]?(?:$|\0)))[)）]?)*")
"""Varying pieces that follow each other are one: a range, a date and a number behind it."""
_PARTS: Final = re.compile(
    r"(?P<stem>.*?)"
    r"(?P<kind>\.(?:csv|tsv|txt|log|out|dat|json|jsonl|ndjson|parquet|xml|sql|xlsx?))?"
    rf"(?P<rotated>\.\d{{1,4}}|[-._]{_YEAR}[-_.]?(?:0[1-9]|1[0-2])[-_.]?(?:0[1-9]|[12]\d|3[01])(?:[-_.]?\d{{1,6}})?)?"
    r"(?P<packed>\.(?:gz|zip))?",
    re.IGNORECASE | re.DOTALL,
)
_FOLDER: Final = re.compile(
    rf"{_YEAR}(?:[-_.年]?{_MONTH}(?:[-_.月]?{_DAY})?)?[年月日]?|{_MONTH}月?|{_DAY}[日号]?", re.IGNORECASE
)
_FULL_FOLDER: Final = re.compile(rf"{_YEAR}.*")


@dataclass(frozen=True, slots=True)
class _Name:
    """A file's name: its fixed pieces with what varies between them, its kind, a rotation's suffix, the packing."""

    fixed: tuple[str, ...]
    varying: tuple[str, ...]
    kind: str
    rotated: str
    packed: str

    @property
    def source(self) -> tuple[object, ...]:
        """What names of files of one source have in common."""
        return self.fixed, self.kind.lower()


def file_pattern(path: Path, root: Path) -> str:
    """Return an absolute glob for the files that come after this one; what is above ``root`` never varies.

    A file whose name holds no date and no number is matched alone, its rotated parts beside it apart.
    """
    path = path.absolute()
    name = _parsed(path.name)
    for folder in dict.fromkeys((_folder_pattern(path.parent, root.absolute()), glob.escape(str(path.parent)))):
        for file in _candidates(name, folder):
            pattern = f"{folder}/{file}"
            caught = [Path(found) for found in glob.glob(pattern)]  # noqa: PTH207 - an absolute glob
            if path in caught and all(_parsed(one.name).source == name.source for one in caught):
                return pattern
    return glob.escape(str(path))


def source_name(path: Path) -> str:
    """Return a name for the source: what its file's name keeps from month to month, such as `his_emr`."""
    fixed = "_".join(filter(None, (piece.strip("-_. ()（）[]【】") for piece in _parsed(path.name).fixed)))
    return re.sub(r"[^\w.-]+", "_", re.sub("[\udc80-\udcff]+", "", fixed)).strip("_.-").lower() or "log"


def _parsed(name: str) -> _Name:
    parts = _PARTS.fullmatch(name)
    if parts is None:
        raise AssertionError("every name has parts")
    stem, kind, rotated, packed = (parts[group] or "" for group in ("stem", "kind", "rotated", "packed"))
    if rotated and not kind and not stem:
        stem, rotated = rotated, ""
    if rotated and not kind and (len(rotated) > 5 or stem[-1:].isdigit()):
        stem, rotated = stem + rotated, ""  # `his_20260601`, without an extension, has a date and is not rotated
    for tokens in (_DATES, _NUMBERS, _COUNTER):
        marked = tokens.sub("\0", stem)
        if marked != stem:
            break
    found = [match.span() for match in _JOINED.finditer(marked)]
    fixed = tuple(re.split("\0", _JOINED.sub("\0", marked)))
    return _Name(fixed, _between(stem, fixed) if found else (), kind, rotated, packed)


def _between(stem: str, fixed: tuple[str, ...]) -> tuple[str, ...]:
    """Return what stands between the fixed pieces of a stem."""
    match = re.fullmatch("(.+?)".join(map(re.escape, fixed)), stem, re.DOTALL)
    return match.groups() if match else ()


def _candidates(name: _Name, folder: str) -> Iterator[str]:
    """Yield globs for a name, the most hospitable first."""
    beside = [_parsed(Path(found).name) for found in glob.glob(f"{folder}/*")]  # noqa: PTH207 - an absolute glob
    ends = [glob.escape(name.packed)]
    if name.rotated:
        ends = ["*", f"{glob.escape(name.rotated[0])}[0-9]*"]
    elif any(one.source == name.source and (one.rotated or one.packed != name.packed) for one in beside):
        ends = ["*", *ends]
    elif not name.varying:
        yield glob.escape(name.fixed[0] + name.kind + name.packed)
        return
    has_letters = any(character.isalpha() for piece in name.fixed for character in piece)
    for end in ends:
        for shape in (_anything, _digit_first, _exact):
            if has_letters or shape is not _anything or not name.varying:
                pieces = zip(map(shape, name.varying), map(glob.escape, name.fixed[1:]), strict=True)
                stem = "".join((glob.escape(name.fixed[0]), *(text for pair in pieces for text in pair)))
                yield stem + glob.escape(name.kind) + end


def _anything(_varying: str) -> str:
    return "*"


def _digit_first(varying: str) -> str:
    return "[0-9]*" if varying[0].isdigit() else "?*"


def _exact(varying: str) -> str:
    """Return the shape of a varying piece: as many digits as it has where they are padded, else any number of them."""
    is_padded = "月" not in varying or re.search(r"(?<!\d)0\d", varying)

    def digits(match: re.Match[str]) -> str:
        count = len(match.group())
        return "[0-9]*" if count == 1 or (count == 2 and not is_padded) else "[0-9]" * count

    return re.sub("[a-zA-Z]|\\d+", lambda match: digits(match) if match.group().isdigit() else "?", varying)


def _folder_pattern(folder: Path, root: Path) -> str:
    """Return the folder's glob: folders named after dates, one below the other above the file, vary."""
    dated: list[Path] = []
    for one in (folder, *folder.parents):
        if one == root or not _FOLDER.fullmatch(one.name):
            break
        dated.append(one)
    while dated and not _FULL_FOLDER.fullmatch(dated[-1].name):
        dated.pop()
    if not dated:
        return glob.escape(str(folder))
    return "/".join([glob.escape(str(dated[-1].parent)), *("*" for _ in dated)])
