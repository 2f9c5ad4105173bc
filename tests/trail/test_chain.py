"""The chain attacked: every edit, removal, insertion, move, rewriting and rollback is found, at the right entry."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.trail.chain import GENESIS, TORN, Fault, Head, check_chain, digest_of, line_of, read_line

LENGTH = 9


def built(details: list[dict[str, Any]], number: int = 0, previous: str = GENESIS) -> list[bytes]:
    """Lines of a chain, each with its line end."""
    lines = []
    for one in details:
        number += 1
        told = {"at": f"2026-07-{number:02d}T08:00:00+00:00", "officer": "liu", "account": "liu", "kind": "view", **one}
        line, previous = line_of(number, previous, told)
        lines.append(line)
    return lines


LINES = built([{"command": "show", "finding": f"F{number}"} for number in range(LENGTH)])
HASHES = [hashlib.sha256(re.sub(rb', "hash": "[0-9a-f]*"\}\n', b"}", line)).hexdigest() for line in LINES]
HEAD = Head(LENGTH, HASHES[-1])
NOTED = dict(enumerate(HASHES, start=1))


def faults(lines: list[bytes], **known: Any) -> list[tuple[str, int, int]]:
    _, found = check_chain(b"".join(lines), **({"head": HEAD} | known))
    return [(fault.kind, fault.first, fault.last) for fault in found]


def edited(line: bytes) -> bytes:
    assert b"show" in line
    return line.replace(b"show", b"user")


def test_an_untouched_chain_holds() -> None:
    entries, found = check_chain(b"".join(LINES), head=HEAD, noted=NOTED, known=HASHES[4])
    assert not found
    assert [entry.number for entry in entries] == list(range(1, LENGTH + 1))
    assert [entry.end for entry in entries][-1] == len(b"".join(LINES))
    assert check_chain(b"") == ([], [])


def test_the_hash_of_a_line_can_be_had_with_standard_tools() -> None:
    script = """sed 's/, "hash": "[0-9a-f]*"}$/}/' | tr -d '\\n' | sha256sum"""
    done = subprocess.run(["/bin/sh", "-c", script], input=LINES[3], capture_output=True, check=True)
    assert done.stdout.split()[0].decode() == json.loads(LINES[3])["hash"] == json.loads(LINES[4])["previous"]


@pytest.mark.parametrize("place", range(LENGTH))
def test_an_edit_is_found(place: int) -> None:
    lines = [*LINES]
    lines[place] = edited(lines[place])
    assert faults(lines) == [("changed", place + 1, place + 1)]


@pytest.mark.parametrize("place", range(LENGTH))
def test_an_edit_with_its_hash_redone_is_found(place: int) -> None:
    lines = [*LINES]
    lines[place] = _again(edited(lines[place]))
    assert faults(lines) == [("rewritten", place + 1, place + 1)]


@pytest.mark.parametrize("place", range(LENGTH))
def test_an_edit_with_all_hashes_after_it_redone_is_found(place: int) -> None:
    lines = [*LINES[:place], edited(LINES[place]), *LINES[place + 1 :]]
    previous = HASHES[place - 1] if place else GENESIS
    for number in range(place, LENGTH):
        lines[number] = _again(lines[number], previous)
        previous = json.loads(lines[number])["hash"]
    assert faults(lines, noted=NOTED) == [("rewritten", place + 1, LENGTH)]
    assert faults(lines) == [("rewritten", LENGTH, LENGTH)]
    assert faults(lines, head=Head(LENGTH, previous)) == []
    assert faults(lines, head=Head(LENGTH, previous), known=HASHES[-1]) == [("head_lost", LENGTH, LENGTH)]


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("place", range(LENGTH))
def test_a_removal_is_found_at_the_end_too(place: int, count: int) -> None:
    lines = LINES[:place] + LINES[place + count :]
    assert faults(lines) == [("removed", place + 1, min(LENGTH, place + count))]


@pytest.mark.parametrize("length", range(LENGTH))
def test_a_cut_tail_is_found_by_head_or_by_store(length: int) -> None:
    assert faults(LINES[:length]) == [("removed", length + 1, LENGTH)]
    assert faults(LINES[:length], head=None, noted=NOTED) == [("removed", length + 1, LENGTH)]


@pytest.mark.parametrize("length", range(LENGTH))
def test_all_rolled_back_together_is_found_by_an_earlier_head_alone(length: int) -> None:
    head = Head(length, HASHES[length - 1]) if length else None
    assert faults(LINES[:length], head=head) == []
    assert faults(LINES[:length], head=head, known=HASHES[-1]) == [("head_lost", length, length)]


@pytest.mark.parametrize("place", range(LENGTH + 1))
def test_an_insertion_is_found(place: int) -> None:
    previous = HASHES[place - 1] if place else GENESIS
    forged = built([{"command": "show", "finding": "F666"}], place, previous)[0]
    lines = [*LINES[:place], forged, *LINES[place:]]
    expected = [("inserted", place + 1, place + 1)] if place < LENGTH else []  # a valid entry at the end is an append
    assert faults(lines) == expected
    careless = forged.replace(b"F666", b"F667")
    found = faults([*LINES[:place], careless, *LINES[place:]])
    assert found in ([("inserted", place + 1, place + 1)], [("changed", place + 1, place + 1)])


def test_a_line_put_in_twice_is_found() -> None:
    assert faults([*LINES[:3], LINES[2], *LINES[3:]]) == [("inserted", 3, 3)]
    assert faults([*LINES, LINES[2]]) == [("inserted", 3, 3)]


@pytest.mark.parametrize(("one", "other"), [(0, 1), (3, 4), (7, 8), (2, 6)])
def test_a_swap_is_found(one: int, other: int) -> None:
    lines = [*LINES]
    lines[one], lines[other] = lines[other], lines[one]
    found = faults(lines)
    assert found
    assert {kind for kind, _, _ in found} == {"moved"}
    assert {first for _, first, _ in found} <= {one + 1, other + 1}


@pytest.mark.parametrize("garbage", [b"\n", b"{}\n", b"null\n", b"[1]\n", b"\xff\xfe\n", b'{"number": "1"}\n'])
def test_garbage_is_found(garbage: bytes) -> None:
    assert faults([*LINES[:4], garbage, *LINES[4:]]) == [("unreadable", 5, 5)]
    assert faults([*LINES, garbage]) == [("unreadable", LENGTH + 1, LENGTH + 1)]


def test_a_torn_last_line_is_no_fault_and_needs_its_entry_once_work_goes_on() -> None:
    torn = LINES[-1][:40]
    known = {"head": Head(LENGTH - 1, HASHES[-2])}
    assert faults([*LINES[:-1], torn], **known) == []
    told = built([{"kind": TORN, "bytes": 40, "digest": digest_of(torn)}], LENGTH - 1, HASHES[-2])
    assert faults([*LINES[:-1], torn + b"\n", *told], **known) == []
    assert faults([*LINES[:-1], torn + b"?\n", *told], **known) == [("unreadable", LENGTH, LENGTH)]


def test_an_entry_made_to_look_torn_is_missed() -> None:
    torn = LINES[4][:40]
    told = built([{"kind": TORN, "bytes": 40, "digest": digest_of(torn)}], 4, HASHES[3])
    assert ("removed", 5, 5) in faults([*LINES[:4], torn + b"\n", *LINES[5:]])
    assert ("rewritten", 5, 5) in faults([*LINES[:4], torn + b"\n", *told, *LINES[5:]])


def test_a_head_may_be_typed_from_paper() -> None:
    typed = f"{HASHES[4][:8]} {HASHES[4][8:12]}-{HASHES[4][12:16]}".upper()
    assert faults(LINES, known=typed) == []
    for wrong in (HASHES[4][:15], "", "0" * 64, f"{HASHES[4]}0"):
        assert faults(LINES, known=wrong) == [("head_lost", LENGTH, LENGTH)]


def test_a_noted_break_stays_a_fault() -> None:
    lines = built([{}, {"kind": "broken"}, {}])
    _, found = check_chain(b"".join(lines))
    assert found == [Fault("broken", 2, 2, "2026-07-02T08:00:00+00:00")]


@given(st.data())
def test_any_change_of_bytes_is_found(data: st.DataObject) -> None:
    content = b"".join(LINES)
    place = data.draw(st.integers(0, len(content) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda one: one != content[place]))
    changed = content[:place] + bytes([byte]) + content[place + 1 :]
    _, found = check_chain(changed, head=HEAD)
    assert found


@given(st.lists(st.sampled_from(LINES), max_size=2 * LENGTH))
def test_only_the_lines_in_their_order_hold(lines: list[bytes]) -> None:
    assert (faults(lines) == []) == (lines == LINES)


texts = st.text() | st.text(alphabet='\x1b[31m\n\r\u202e\u2028\ud800"\\{}')


@given(texts, texts)
def test_whatever_is_told_stays_one_line_and_reads_back(note: str, officer: str) -> None:
    told = {"at": "2026-07-01T08:00:00+00:00", "officer": officer, "account": "a", "kind": "decision", "note": note}
    line, digest = line_of(1, GENESIS, told)
    assert line.count(b"\n") == 1
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029]", line.decode())
    read = read_line(line[:-1])
    assert read is not None
    entry, holds = read
    assert holds
    assert (entry.details["note"], entry.officer, entry.hash) == (note, officer, digest)


def _again(line: bytes, previous: str | None = None) -> bytes:
    """Redo the hash of a line as one would who knows how it is made."""
    content = json.loads(line)
    number = content.pop("number")
    content.pop("hash")
    before = content.pop("previous")
    return line_of(number, previous or before, content)[0]
