"""FHIR AuditEvent: one resource, an array, a Bundle, one resource a line, in JSON; one, several or a Bundle in XML.

R5, R4 and R4B, STU3 and DSTU2, profiles such as IHE BALP and the Swiss trail. Other resources are no record.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from detector.sources.byte_stream import ByteStream
from detector.sources.fhir_audit import canonical_event, tree_node
from detector.sources.json_documents import JsonDocuments
from detector.sources.log_format import LogFormat, Reader, ReadOptions
from detector.sources.record_reader import Found, RecordReader, Split
from detector.sources.xml_messages import RefusedXmlError, XmlMessages, declared_encoding, parsed

OTHER: Final = "no record: not an AuditEvent"
_XML: Final = re.compile(rb"^[\s\xef\xbb\xbf\xff\xfe]*<")
_JSON: Final = re.compile(rb"^[\s\xef\xbb\xbf\xff\xfe\x1e]*[{\[]")
_RESOURCE: Final = re.compile(rb'"resourceType"\s*:\s*"([A-Za-z]+)"')
_XML_EVENT: Final = re.compile(rb"<(?:\w+:)?AuditEvent[\s>]")


class FhirDocuments:
    """Finds the resources of a file in JSON."""

    def __init__(self) -> None:
        self._documents = JsonDocuments(_worth, "resource")

    def split(self, text: str, *, final: bool) -> Split:
        """Return the events; see `detector.sources.record_reader.Splitter`."""
        run = self._documents.split(text, final=final)
        found = [Found(one.start, one.end, *_values(one.value, one.reason)) for one in run.objects]
        return Split(run.consumed, found, run.skipped, run.problem, run.open_from)

    def resynchronised(self, text: str) -> int:
        """Go on behind the line, or behind all of the text."""
        return text.find("\n") + 1 or len(text)

    def needs_beginning(self, text: str) -> bool:
        """Lines can be read on from anywhere, arrays and bundles cannot."""
        return self._documents.needs_beginning(text)


def _worth(value: dict[str, Any]) -> int:
    kind = value.get("resourceType")
    return 0 if kind in {None, "Bundle"} else 2 if kind == "AuditEvent" else 1


def _values(value: dict[str, Any] | None, reason: str) -> tuple[Mapping[str, str | None] | None, str]:
    if value is None:
        return None, reason
    return (canonical_event(value), "") if value.get("resourceType") == "AuditEvent" else (None, OTHER)


def _message(text: str) -> tuple[Mapping[str, str | None] | None, str]:
    try:
        node = tree_node(parsed(text))
    except RefusedXmlError as error:
        return None, str(error)
    return canonical_event(node if isinstance(node, dict) else {}), ""


def open_fhir(stream: ByteStream, options: ReadOptions) -> Reader:
    """Return the reader of a file, in JSON or XML."""
    with ByteStream(stream.path) as beside:
        head = beside.read(400).replace(b"\0", b"").lstrip(b"\xff\xfe")
    if not _XML.match(head):
        return RecordReader(stream, options, FhirDocuments())
    options = replace(options, encoding=options.encoding or declared_encoding(head))
    return RecordReader(stream, options, XmlMessages("AuditEvent", _message, wrapper="resource", others=OTHER))


def _recognises(head: bytes, _path: Path) -> float:
    plain = head.replace(b"\0", b"")
    if _XML.match(plain):
        return 0.95 * (_XML_EVENT.search(plain) is not None)
    if not _JSON.match(plain):
        return 0.0
    kinds = {kind.decode() for kind in _RESOURCE.findall(plain)}
    return 0.95 if "AuditEvent" in kinds else 0.7 if kinds else 0.0


FORMAT = LogFormat("fhir-auditevent", "FHIR AuditEvent", open_fhir, _recognises)
