"""JSON: the document as it is, for other programs. Charts come as their figures."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from typing import Any, Final

from detector.reports.document import Document
from detector.reports.report_format import ReportFormat
from detector.texts.json_lines import json_escape, jsonable
from detector.texts.untrusted import UNSAFE

SCHEMA: Final = 2
"""Raised when keys change their meaning or go away."""


def write(document: Document) -> bytes:
    """Return the document as indented JSON; characters that are unsafe to show stay escaped."""
    content = {"schema": SCHEMA, "visibility": None, **plain(document)}
    content.pop("labels")
    text = json.dumps(content, ensure_ascii=False, indent=1, default=jsonable, allow_nan=False)
    escaped = UNSAFE.sub(lambda match: match.group() if match.group() == "\n" else json_escape(match.group()), text)
    return (escaped + "\n").encode()


def plain(value: Any) -> Any:  # noqa: ANN401
    """Return dataclasses as dictionaries, with the kind of each block."""
    if is_dataclass(value) and not isinstance(value, type):
        known = {one.name: plain(getattr(value, one.name)) for one in fields(value)}
        kind = getattr(value, "kind", None)
        return {"kind": kind, **known} if kind is not None else known
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value


FORMAT = ReportFormat("json", "application/json", write)
