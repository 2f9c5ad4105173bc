"""XML messages in a text, whatever stands between them, and the trees they hold: no entity, no network, bounded depth.

A message begins at its start tag; what stands before it (a syslog frame with its count of octets, a declaration, a
mark) is no part of it. One without its end ends where the next begins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, NoReturn
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from detector.sources.record_reader import Found, Split

MAX_DEPTH: Final = 64
MAX_NODES: Final = 100_000
"""Elements of one message."""
NO_END: Final = "the message has no end"
_FRAME: Final = re.compile(r"(?:\d+ )?<\d{1,3}>(?:1 \S+ |[A-Z][a-z]{2} [ \d]\d )|\ufeff?<\?xml\b")
"""How a syslog frame begins, and an XML declaration."""
_EMPTY_FRAME: Final = re.compile(
    r"(?:(?:\d+ )?<\d{1,3}>1 (?:\S+ ){5}(?:-|\[.*\]) ?)?\s*\ufeff?\s*(?:<\?xml[^<>]*\?>)?\s*$"
)
"""A line that is all frame: its message begins on the next."""
_ESCAPED: Final = re.compile(r"#0(?:11|12|15)")
_DECLARED: Final = re.compile(rb"<\?xml[^>]*?\bencoding\s*=\s*[\"']([\w.-]+)[\"']")


class RefusedXmlError(Exception):
    """A message that is not read; its text says why, without quoting it."""


def declared_encoding(head: bytes) -> str | None:
    """Return the encoding that an XML declaration names; None where that is UTF-8, or unknown."""
    found = _DECLARED.search(head[:400])
    name = found[1].decode().lower() if found else "utf-8"
    try:
        "".encode(name)
    except LookupError:
        return None
    return None if name.startswith(("utf-8", "utf8", "utf-16", "us-ascii", "ascii")) else name


def parsed(text: str) -> Element:
    """Return the tree of a message, its names without prefix. Raises RefusedXmlError.

    Line ends that a syslog server has written as `#012` are read as such.
    """
    try:
        return _tree(text)
    except RefusedXmlError:
        plain = _ESCAPED.sub(" ", text)
        if plain == text:
            raise
    return _tree(plain)


def _tree(text: str) -> Element:
    builder = TreeBuilder()
    depth = nodes = 0

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, nodes
        depth, nodes = depth + 1, nodes + 1
        if depth > MAX_DEPTH:
            raise RefusedXmlError("XML nested too deeply")
        if nodes > MAX_NODES:
            raise RefusedXmlError("XML with too many elements")
        builder.start(_local(name), {_local(key): value for key, value in attributes.items()})

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_local(name))

    def refuse(*_: object) -> NoReturn:
        raise RefusedXmlError("XML with a document type or entities")

    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = begin, end, builder.data
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = parser.ExternalEntityRefHandler = refuse
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        raise RefusedXmlError(f"not XML: {expat.ErrorString(error.code)}") from None
    tree: Element = builder.close()
    return tree


def _local(name: str) -> str:
    return name.rpartition(":")[2]


class XmlMessages:
    """Finds the messages of one file; ``read`` makes canonical values of a message's text.

    ``wrapper`` is an element whose other contents are records of no interest: they are set aside as ``others``.
    """

    def __init__(
        self,
        name: str,
        read: Callable[[str], tuple[Mapping[str, str | None] | None, str]],
        *,
        wrapper: str | None = None,
        others: str = "",
    ) -> None:
        prefix = r"(?:[\w.-]+:)?"
        self._start = re.compile(rf"<{prefix}{name}(?=[\s/>]|#0\d\d)[^<>]*>?")
        self._end = re.compile(rf"</{prefix}{name}\s*>")
        self._other = None
        if wrapper is not None:
            self._other = re.compile(
                rf"<{prefix}{wrapper}\s*>\s*(?!<{prefix}{name}[\s/>])(<(?:.|\n)*?)</{prefix}{wrapper}\s*>"
            )
        self._name, self._read, self._others = name, read, others

    def split(self, text: str, *, final: bool) -> Split:
        """Return the messages; see `detector.sources.record_reader.Splitter`."""
        result, place = Split(0), 0
        found = self._start.search(text)
        while found is not None:
            following = self._start.search(text, found.end())
            limit = len(text) if following is None else following.start()
            end = found if found[0].endswith("/>") else self._end.search(text, found.end(), limit)
            if end is None and following is None and not final:
                break
            self._between(result, text, place, found.start())
            if end is None:
                place = self._unfinished(result, text, found.start(), limit, final=following is None)
            else:
                place = end.end()
                values, reason = self._read(text[found.start() : place])
                result.records.append(Found(found.start(), place, values, reason))
            found = following
        result.consumed = place
        if final:
            if result.open_from is None:
                self._between(result, text, place, len(text), is_last=True)
            result.consumed = len(text)
        elif found is None:
            result.consumed = self._passed(result, text, place)
        return result

    def resynchronised(self, text: str) -> int:
        """Go on behind all of a message that has no end."""
        return len(text)

    def needs_beginning(self, text: str) -> bool:
        """Messages can be read on from anywhere."""
        del text
        return False

    def _unfinished(self, result: Split, text: str, start: int, limit: int, *, final: bool) -> int:
        """Reject a message without end, up to the frame of the next."""
        frames = [match.start() for match in _FRAME.finditer(text, start, limit)]
        end = limit if final or not frames else frames[-1]
        shown = start + len(text[start:end].rstrip())
        result.records.append(Found(start, shown, None, NO_END))
        if final:
            result.open_from = start
        return end

    def _passed(self, result: Split, text: str, place: int) -> int:
        """Pass over whole lines without a message, the last one apart, which may be the frame of one."""
        if text.find("<", max(place, len(text) - 4096)) < 0 and len(text) - place > 1 << 16:
            end = len(text)
        else:
            end = text.rfind("\n", place) + 1
        if self._other is not None and "<" in text[place:end]:
            end = max((match.end() for match in self._other.finditer(text, place)), default=place)
        if end <= place:
            return place
        self._between(result, text, place, end, is_last=True)
        return end

    def _between(self, result: Split, text: str, start: int, end: int, *, is_last: bool = False) -> None:
        """Set aside other records between two messages; count lines that are no frame of the next as skipped."""
        if self._other is not None:
            for other in self._other.finditer(text, start, end):
                result.records.append(Found(other.start(1), other.end(1), None, self._others))
            return
        place = start
        for line in text[start:end].splitlines(keepends=True):
            begin, place = place, place + len(line)
            is_before = place == end and not is_last and not line.endswith("\n")
            if line.strip("\ufeff \t\r\n\0") and not is_before and not _EMPTY_FRAME.match(line):
                result.skipped.append(begin)
