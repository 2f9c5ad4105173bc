"""DICOM and IHE audit messages: XML, one or many a file, bare or in the frames of syslog that brought them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from detector.sources.byte_stream import ByteStream
from detector.sources.dicom_audit import canonical_message
from detector.sources.log_format import LogFormat, Reader, ReadOptions
from detector.sources.record_reader import RecordReader
from detector.sources.xml_messages import RefusedXmlError, XmlMessages, declared_encoding, parsed

_MESSAGE: Final = re.compile(rb"<(?:[\w.-]+:)?AuditMessage[\s>/#]")
_FIELDS: Final = re.compile(rb"[,;|\t]\"?$|\t|[,;|]\"")
"""Before a message that is only a field of a table."""


def _message(text: str) -> tuple[Mapping[str, str | None] | None, str]:
    try:
        return canonical_message(parsed(text)), ""
    except RefusedXmlError as error:
        return None, str(error)


def open_dicom(stream: ByteStream, options: ReadOptions) -> Reader:
    """Return the reader of a file."""
    with ByteStream(stream.path) as beside:
        head = beside.read(400).replace(b"\0", b"")
    options = replace(options, encoding=options.encoding or declared_encoding(head))
    return RecordReader(stream, options, XmlMessages("AuditMessage", _message))


def _recognises(head: bytes, _path: Path) -> float:
    plain = head.replace(b"\0", b"")
    found = _MESSAGE.search(plain)
    if found is None:
        return 0.0
    before = plain[plain.rfind(b"\n", 0, found.start()) + 1 : found.start()]
    return 0.95 * (not _FIELDS.search(before))


FORMAT = LogFormat("dicom-audit", "DICOM and IHE audit messages (XML, syslog)", open_dicom, _recognises)
