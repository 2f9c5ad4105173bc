"""A slow, obvious reader of delimited text, character by character: what the fast one is compared with.

A NUL is a character like any other, shown in the raw text and gone from the fields; a row without anything is none.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class OracleRecord:
    start: int
    raw: bytes
    fields: tuple[str, ...] | None
    """None: the record is broken."""


def oracle_records(text: bytes, delimiter: str, columns: int, start: int = 0) -> list[OracleRecord]:
    found: list[OracleRecord] = []
    position = start
    while position < len(text):
        stop, following = line_at(text, position)
        if stop == position:
            position = following
            continue
        parsed = record_at(text, position, delimiter.encode(), columns)
        if parsed is None:
            if text[position:stop].strip(f"{delimiter} \0\t".encode()):
                found.append(OracleRecord(position, text[position:stop], None))
            position = following
            continue
        end, fields = parsed
        if not any(field.strip() for field in fields):
            position = line_at(text, end)[1]
            continue
        if text[position:end].count(b"\n") > 500:
            found.append(OracleRecord(position, text[position:stop], None))
            position = following
            continue
        found.append(OracleRecord(position, text[position:end], fields))
        position = line_at(text, end)[1]
    return found


def line_at(text: bytes, position: int) -> tuple[int, int]:
    for index in range(position, len(text)):
        if text[index : index + 2] == b"\r\n":
            return index, index + 2
        if text[index : index + 1] in {b"\n", b"\r"}:
            return index, index + 1
    return len(text), len(text)


def record_at(text: bytes, position: int, delimiter: bytes, columns: int) -> tuple[int, tuple[str, ...]] | None:
    fields: list[str] = []
    while True:
        field = bytearray()
        if text[position : position + 1] == b'"':
            position += 1
            while True:
                character = text[position : position + 1]
                if character == b"":
                    return None
                if character == b'"':
                    if text[position + 1 : position + 2] != b'"':
                        position += 1
                        break
                    position += 1
                field += character
                position += 1
        else:
            while text[position : position + 1] not in {b"", b"\r", b"\n", delimiter}:
                field += text[position : position + 1]
                position += 1
        fields.append(field.decode().replace("\0", ""))
        after = text[position : position + 1]
        if after == delimiter:
            position += 1
        elif after in {b"", b"\r", b"\n"}:
            return (position, tuple(fields)) if len(fields) == columns else None
        else:
            return None
