"""Strict readers of the formats, written from their specifications and not from the code that writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass
class Event:
    """The header fields in order, and the pairs."""

    header: list[str]
    fields: dict[str, str]


def parse_cef(line: str) -> Event:
    """Read one CEF line; raises ValueError where it breaks the rules (ArcSight CEF implementation standard)."""
    if re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", line):
        raise ValueError("control character")
    if not line.startswith("CEF:0|"):
        raise ValueError("no CEF:0")
    header, extension = _cef_header(line.removeprefix("CEF:0|"))
    fields: dict[str, str] = {}
    if extension:
        starts = [
            match for match in re.finditer(r"(?:^| )([A-Za-z0-9_]+)=", extension) if not _escaped(extension, match)
        ]
        if not starts or starts[0].start() != 0:
            raise ValueError("the extension does not begin with a key")
        for match, following in zip(starts, [*starts[1:], None], strict=True):
            if match.group(1) in fields:
                raise ValueError(f"{match.group(1)} twice")
            fields[match.group(1)] = _cef_value(extension[match.end() : following.start() if following else None])
    return Event(header, fields)


def _cef_header(text: str) -> tuple[list[str], str]:
    header, place, current = [], 0, ""
    while len(header) < 6:
        if place >= len(text):
            raise ValueError("header ends early")
        if text[place] == "\\":
            if text[place + 1] not in "\\|":
                raise ValueError(f"unknown escape in the header: {text[place : place + 2]!r}")
            place += 1
            current += text[place]
        elif text[place] == "|":
            header.append(current)
            current = ""
        else:
            current += text[place]
        place += 1
    return header, text[place:]


def _escaped(text: str, match: re.Match[str]) -> bool:
    equals = match.end() - 1
    backslashes = len(text[:equals]) - len(text[:equals].rstrip("\\"))
    return backslashes % 2 == 1


def _cef_value(value: str) -> str:
    if value != value.strip(" ") or not value:
        raise ValueError(f"a space around the value, or nothing: {value!r}")

    def plain(match: re.Match[str]) -> str:
        known = {"\\\\": "\\", "\\=": "=", "\\n": "\n", "\\r": "\r"}
        if match.group() not in known:
            raise ValueError(f"unknown escape {match.group()!r}")
        return known[match.group()]

    if re.search(r"(?<!\\)(?:\\\\)*=", value):
        raise ValueError(f"an equals sign without escape: {value!r}")
    return re.sub(r"\\.?", plain, value)


def parse_leef(line: str) -> Event:
    """Read one LEEF 2.0 line (IBM, LEEF event components); raises ValueError where it breaks the rules."""
    parts = line.split("|", 6)
    if len(parts) != 7 or parts[0] != "LEEF:2.0":
        raise ValueError("not a LEEF 2.0 header")
    delimiter = parts[5]
    if not re.fullmatch(r"(0?x[0-9A-Fa-f]{1,4}|.|)", delimiter):
        raise ValueError(f"no valid delimiter: {delimiter!r}")
    sign = chr(int(delimiter.split("x")[1], 16)) if "x" in delimiter else delimiter or "\t"
    if re.search(r"[\r\n\x00]", line):
        raise ValueError("line break or NUL")
    fields: dict[str, str] = {}
    for pair in parts[6].split(sign):
        key, equals, value = pair.partition("=")
        if not equals or not re.fullmatch(r"[A-Za-z][A-Za-z0-9]*", key) or not value:
            raise ValueError(f"no pair: {pair!r}")
        if key in fields:
            raise ValueError(f"{key} twice")
        fields[key] = value
    return Event(parts[1:5], fields)


SYSLOG = re.compile(
    rb"<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) "
    rb"([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) ([!-~]{1,32}) - (.*)",
    re.DOTALL,
)


def parse_syslog(message: bytes) -> tuple[int, list[str], str]:
    """Read one RFC 5424 message without structured data: priority, header fields, message."""
    match = SYSLOG.fullmatch(message)
    if match is None or int(match.group(1)) > 191:
        raise ValueError(f"no RFC 5424 message: {message[:80]!r}")
    return int(match.group(1)), [one.decode("ascii") for one in match.groups()[1:6]], match.group(7).decode("utf-8")


def parse_counted(stream: bytes) -> list[bytes]:
    """Read octet-counted frames (RFC 6587, 3.4.1)."""
    frames = []
    while stream:
        length, space, rest = stream.partition(b" ")
        if not space or not re.fullmatch(rb"[1-9]\d*", length):
            raise ValueError(f"no length: {stream[:20]!r}")
        frames.append(rest[: int(length)])
        if len(frames[-1]) < int(length):
            raise ValueError("a frame ends early")
        stream = rest[int(length) :]
    return frames
