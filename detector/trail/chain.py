r"""Entries of the trail and the chain they form; nothing here touches a file.

A line is the JSON object that was hashed, with its hash put in as the last member, so that anybody can check one with
standard tools: ``sed 's/, "hash": "[0-9a-f]*"}$/}/' | tr -d '\n' | sha256sum`` gives the hash at its end.
"""

from __future__ import annotations

import hashlib
import json
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from detector.texts.json_lines import json_line

GENESIS: Final = "0" * 64
"""What the first entry names as the hash before it."""
TORN: Final = "torn"
"""Kind of the entry that says: the line before this one is the rest of a write that was interrupted."""
BROKEN: Final = "broken"
"""Kind of the entry that says: when the next entry was to be appended, the trail did not end where it should have."""
HEAD_CHARACTERS: Final = 16
"""A head may be typed from paper: so many characters of the hash are enough."""
_HASH: Final = re.compile(rb', "hash": "[0-9a-f]{64}"\}$')
_OWN: Final = ("number", "at", "kind", "officer", "account")


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain ends: number and hash of its last entry."""

    number: int = 0
    hash: str = GENESIS


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. ``at`` is UTC in ISO 8601; ``officer`` acted, with the system's ``account``; ``details`` is the rest.

    ``end`` is the byte after its line in the file.
    """

    number: int
    at: str
    kind: str
    officer: str
    account: str
    previous: str
    hash: str
    details: Mapping[str, Any] = field(default_factory=dict)
    end: int = 0

    @property
    def head(self) -> Head:
        """Return the head of a chain that ends with this entry."""
        return Head(self.number, self.hash)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a chain.

    ``kind`` is one of ``changed removed inserted moved rewritten unreadable broken head_lost``; ``first`` and ``last``
    are the numbers of the entries that it is about (of the line, where no entry can be read); ``at`` is the time that
    the entry, or its neighbour before it, gives.
    """

    kind: str
    first: int
    last: int
    at: str = ""


def line_of(number: int, previous: str, details: Mapping[str, Any]) -> tuple[bytes, str]:
    """Return the line of an entry, line end included, and its hash; ``details`` holds all but number and links."""
    body = json_line({"number": number, **details, "previous": previous}).encode()
    digest = hashlib.sha256(body).hexdigest()
    return body[:-1] + f', "hash": "{digest}"}}\n'.encode(), digest


def read_line(line: bytes, end: int = 0) -> tuple[Entry, bool] | None:
    """Return the entry of a line (without its line end) and whether its hash fits; None where it is no entry."""
    found = _HASH.search(line)
    try:
        content = json.loads(line)
        own = {key: str(content.pop(key)) for key in _OWN[1:]}
        number, previous = content.pop("number"), content.pop("previous")
        claimed = str(content.pop("hash"))
    except (ValueError, KeyError, AttributeError, TypeError):
        return None
    if not isinstance(number, int) or isinstance(number, bool):
        return None
    holds = found is not None and hashlib.sha256(line[: found.start()] + b"}").hexdigest() == claimed
    return Entry(number, previous=str(previous), hash=claimed, details=content, end=end, **own), holds


def check_chain(
    content: bytes, *, head: Head | None = None, noted: Mapping[int, str] | None = None, known: str | None = None
) -> tuple[list[Entry], list[Fault]]:
    """Return the entries of a trail's content and everything that is wrong with them, by number.

    ``head`` is what ``trail.head`` says, ``noted`` the hash of every entry that the store knows, ``known`` a head (or
    its beginning) from a report. A last line without line end is a write that was interrupted, and no fault.
    """
    expected = dict(noted or {})
    if head is not None and head.number:
        expected.setdefault(head.number, head.hash)
    lines, faults = _read(content)
    entries = [entry for entry, _ in lines]
    genuine = _genuine(entries, expected)
    last = max(genuine, default=0)
    faults += _altered(lines, genuine, expected)
    faults += _missing(genuine, max([last, *expected]))
    faults += [Fault(BROKEN, entry.number, entry.number, entry.at) for entry in entries if entry.kind == BROKEN]
    if known is not None and not entry_of_head(entries, known):
        faults.append(Fault("head_lost", last, last, genuine[last].at if genuine else ""))
    return entries, _runs(faults)


def _altered(
    lines: Sequence[tuple[Entry, bool]], genuine: Mapping[int, Entry], expected: Mapping[int, str]
) -> list[Fault]:
    """Return the entries that were changed, inserted, moved or rewritten; ``lines`` say whether each hash holds."""
    changed = {entry.number for entry, holds in lines if not holds and genuine[entry.number] is entry}
    faults = [Fault("changed", number, number, genuine[number].at) for number in sorted(changed)]
    entries = [entry for entry, _ in lines]
    faults += [Fault("inserted", one.number, one.number, one.at) for one in entries if genuine[one.number] is not one]
    faults += _moved([entry for entry in entries if genuine[entry.number] is entry])
    return faults + _rewritten(genuine, expected, changed)


def entry_of_head(entries: Iterable[Entry], head: str) -> Entry | None:
    """Return the entry whose hash an earlier head is, or begins; None where there is none."""
    wanted = plain_head(head)
    return None if wanted is None else next((entry for entry in entries if entry.hash.startswith(wanted)), None)


def plain_head(head: str) -> str | None:
    """Return a head as typed from paper without spaces and dashes; None where it is too short or no hash."""
    plain = re.sub(r"[\s-]", "", head).lower()
    return plain if re.fullmatch(f"[0-9a-f]{{{HEAD_CHARACTERS},64}}", plain) else None


def _read(content: bytes) -> tuple[list[tuple[Entry, bool]], list[Fault]]:
    """Read the lines; the rest of an interrupted write is passed over where the entry after it tells its hash."""
    read: list[tuple[Entry, bool]] = []
    faults: list[Fault] = []
    start, number = 0, 0
    before, unreadable = b"", 0
    while (end := content.find(b"\n", start)) >= 0:
        number += 1
        line, start = content[start:end], end + 1
        found = read_line(line, start)
        if found is not None and found[0].kind == TORN and found[0].details.get("digest") == digest_of(before):
            if not unreadable and read:
                read.pop()
        elif unreadable:
            faults.append(Fault("unreadable", unreadable, unreadable, read[-1][0].at if read else ""))
        before, unreadable = line, 0 if found is not None else number
        if found is None:
            continue
        entry, holds = found
        if not holds:  # what a changed entry says of its number is not to be relied on; its place is
            entry = replace(entry, number=read[-1][0].number + 1 if read else 1)
        read.append((entry, holds))
    if unreadable:
        faults.append(Fault("unreadable", unreadable, unreadable, read[-1][0].at if read else ""))
    return read, faults


def digest_of(line: bytes) -> str:
    """Return the hash by which the entry after an interrupted write names its rest."""
    return hashlib.sha256(line).hexdigest()


def _genuine(entries: Sequence[Entry], expected: Mapping[int, str]) -> dict[int, Entry]:
    """Return one entry a number: where several bear it, the one that is expected or that its neighbours know."""
    by_number: dict[int, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_number[entry.number].append(entry)
    result: dict[int, Entry] = {}
    for number, found in sorted(by_number.items()):
        after = {entry.previous for entry in by_number.get(number + 1, ())}
        before = {entry.hash for entry in by_number.get(number - 1, ())} if number > 1 else {GENESIS}
        known = expected.get(number)
        result[number] = max(found, key=lambda one: (one.hash == known, one.hash in after, one.previous in before))
    return result


def _moved(entries: Sequence[Entry]) -> list[Fault]:
    """Return the fewest entries without which the others stand in order (those outside a longest rising sequence)."""
    tails: list[int] = []
    tops: list[int] = []
    before: list[int] = []
    for place, entry in enumerate(entries):
        length = bisect_left(tails, entry.number)
        tails[length:] = [entry.number, *tails[length + 1 :]]
        before.append(tops[length - 1] if length else -1)
        tops[length:] = [place, *tops[length + 1 :]]
    place, rising = (tops[-1] if tops else -1), set()
    while place >= 0:
        rising.add(place)
        place = before[place]
    return [
        Fault("moved", entry.number, entry.number, entry.at)
        for number, entry in enumerate(entries)
        if number not in rising
    ]


def _missing(genuine: Mapping[int, Entry], last: int) -> list[Fault]:
    """Return the runs of numbers up to ``last`` that no entry bears."""
    faults = []
    before = 0
    for number in [*genuine, last + 1]:
        if number > before + 1:
            faults.append(Fault("removed", before + 1, number - 1, genuine[before].at if before else ""))
        before = number
    return faults


def _rewritten(genuine: Mapping[int, Entry], expected: Mapping[int, str], changed: set[int]) -> list[Fault]:
    """Return the entries whose own hash fits, but is not the one that their successor, head or store know."""
    found = set()
    for number, entry in genuine.items():
        before = genuine.get(number - 1)
        known = before.hash if before is not None else GENESIS if number == 1 else entry.previous
        if entry.previous != known and not {number, number - 1} & changed:
            found.add(max(1, number - 1))
        if number not in changed and entry.hash != expected.get(number, entry.hash):
            found.add(number)
    return [Fault("rewritten", number, number, genuine[number].at) for number in sorted(found)]


def _runs(faults: Iterable[Fault]) -> list[Fault]:
    """Return the faults by number, neighbours of one kind as one."""
    result: list[Fault] = []
    for fault in sorted(set(faults), key=lambda one: (one.kind, one.first, one.last)):
        if result and result[-1].kind == fault.kind and fault.first <= result[-1].last + 1 and fault.kind != BROKEN:
            result[-1] = replace(result[-1], last=max(fault.last, result[-1].last))
        else:
            result.append(fault)
    return sorted(result, key=lambda one: (one.first, one.last, one.kind))
