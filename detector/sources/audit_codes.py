"""What the codes of health-care audit messages mean, in FHIR's AuditEvent and in DICOM's and IHE's AuditMessage.

A known transaction goes first: reading one document is logged as an import by who reads and as an export by the
archive, so that by the event's own code every reader would be an exporter.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import parse_qsl

TRANSACTIONS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("ITI-43", "ITI-68", "RAD-16", "RAD-69", "ATC_DOC_READ"), "view"),
    **dict.fromkeys(
        ("ITI-9", "ITI-18", "ITI-21", "ITI-38", "ITI-45", "ITI-47", "ITI-55", "ITI-66", "ITI-67", "ITI-78", "ITI-83",
         "ATC_DOC_SEARCH"), "search",
    ),
    **dict.fromkeys(("ITI-41", "ITI-42", "ITI-65", "ATC_DOC_CREATE"), "create"),
}  # fmt: skip
"""IHE transactions and events of the Swiss trail: the action."""
PATIENT_SEARCHES: Final = frozenset({"ITI-9", "ITI-21", "ITI-45", "ITI-47", "ITI-55", "ITI-78", "ITI-83"})
"""Searches that answer with one person's identifiers in several domains."""
_STEPS: Final[tuple[tuple[str, frozenset[str]], ...]] = (
    ("login", frozenset({"110122"})),
    ("logout", frozenset({"110123"})),
    ("login", frozenset({"110114"})),
    ("break_glass", frozenset({"110127"})),
    ("export", frozenset({"110106", "110154", "disclosure", "disclose", "export", "$export"})),
    ("search", frozenset({"search", "search-type", "search-system", "110112"})),
    ("other", frozenset({"110100", "110108", "110113", "110120", "110121"})),
    ("view", frozenset({"read", "vread", "history", "history-instance", "history-type", "history-system", "110101"})),
    ("create", frozenset({"create", "110107"})),
    ("update", frozenset({"update", "patch"})),
    ("delete", frozenset({"delete", "110105"})),
)
"""Codes of events, first match first."""
_LETTERS: Final = {"C": "create", "R": "view", "U": "update", "D": "delete"}
BREAKS_GLASS: Final = frozenset({"BTG", "110127"})
SWISS_EMERGENCY: Final = ("2.16.756.5.30.1.127.3.10.5", "EMER")
_FAILURES: Final = frozenset({"4", "8", "12", "error", "fatal"})
_SUCCESSES: Final = frozenset({"0", "success", "information", "warning"})
NAMES: Final[Mapping[str, str]] = MappingProxyType({
    "application activity": "110100", "audit log used": "110101", "begin transferring dicom instances": "110102",
    "dicom instances accessed": "110103", "dicom instances transferred": "110104", "dicom study deleted": "110105",
    "export": "110106", "import": "110107", "network entry": "110108", "order record": "110109",
    "patient record": "110110", "procedure record": "110111", "query": "110112", "security alert": "110113",
    "user authentication": "110114", "userauthenticated": "110114", "application start": "110120",
    "application stop": "110121", "login": "110122", "logout": "110123", "emergency override started": "110127",
})  # fmt: skip
"""Names of DICOM's events, for messages whose code is none."""
_SEARCHED: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("patient_id", re.compile(
        r"^(?:_?id|identifier|patient|subject|source_?identifier|patientid|00100020|xdsdocumententrypatientid"
        r"|livingsubjectid|pid\.3)\b")),
    ("name", re.compile(r"^(?:name|family|given|patientname|00100010|phonetic|livingsubjectname|pid\.5)\b")),
    ("phone", re.compile(r"^(?:telecom|phone|pid\.13|patienttelecom)\b")),
)  # fmt: skip
_CONTROL: Final = frozenset(
    {"_format", "_count", "_sort", "_summary", "_include", "_revinclude", "_elements", "_pretty", "limit", "offset",
     "includefield", "fuzzymatching", "_total", "targetsystem", "onbehalfof"}
)  # fmt: skip
_SEGMENT: Final = re.compile(r"@(PID\.\d+)")
_CRITERION: Final = re.compile(
    r"<(?:\w+:)?(livingSubject\w+|patient\w+|mothersMaidenName\w*|principalCareProvider\w*)\b"
)
_SLOT: Final = re.compile(r"\$(XDS\w+)")
_REQUEST: Final = re.compile(r"[^\s?]*\?([^\s#]*)")
_FORM: Final = re.compile(r"^\s*([\w.:$-]+=[^\s]*)\s*$", re.MULTILINE)


def action_of(codes: Collection[str], letter: str | None, *, has_query: bool) -> str:
    """Return the action of an event: by a known transaction, by its codes, else by its letter (C, R, U, D, E)."""
    for code in codes:
        if code in TRANSACTIONS:
            return TRANSACTIONS[code]
    for action, known in _STEPS:
        if not known.isdisjoint(codes):
            return action
    return _LETTERS.get((letter or "").upper()) or ("search" if has_query else "view")


def outcome_of(code: str | None) -> str | None:
    """Return the outcome that a code means, None where it says nothing."""
    if code in _FAILURES:
        return "failure"
    return "success" if code in _SUCCESSES else None


def is_emergency(purposes: Iterable[tuple[str, str]]) -> bool:
    """Return whether a purpose, given as (system, code), breaks the glass: an emergency room's reads do not."""
    oid, emergency = SWISS_EMERGENCY
    return any(code in BREAKS_GLASS or (code == emergency and oid in system) for system, code in purposes)


def decoded(text: str | None) -> str:
    """Return what a base64 text holds; empty where it is none."""
    try:
        return base64.b64decode(text or "", validate=False).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


def searched_by(query: str) -> str | None:
    """Return what a search looked for: by an HTTP request, an HL7 message, or the XML of a query."""
    names = [*_SEGMENT.findall(query), *_CRITERION.findall(query), *_SLOT.findall(query)]
    if not names:
        first = query.strip().splitlines()
        asked = " ".join(first[:1])
        requests = [*_REQUEST.findall(asked), *(_FORM.findall(query) if "?" not in asked else ())]
        texts = requests or [asked]
        names = [name for text in texts for name, _ in parse_qsl(text, keep_blank_values=True)]
    known = [name.lower() for name in names]
    known = [re.split(r":(?!\w+\.)", name)[0] for name in known]
    for meant, pattern in _SEARCHED:
        if any(pattern.match(name) for name in known):
            return meant
    return "other" if any(name not in _CONTROL for name in known) else None


def reference_id(reference: str) -> str:
    """Return the identifier that a reference ends with: `Patient/7711/_history/2` and `urn:oid:1.2|7711` are 7711."""
    text = reference.strip()
    if text.startswith("urn:uuid:"):
        return text
    if "^^^" in text:
        return text.split("^^^")[0].rpartition("/")[2]
    if text.startswith("urn:") and "|" in text:
        return text.rpartition("|")[2]
    return text.split("?")[0].split("/_history")[0].rstrip("/").rpartition("/")[2]


def is_address(text: str) -> bool:
    """Return whether a text is an IP address."""
    try:
        ipaddress.ip_address(text.split("%", maxsplit=1)[0])
    except ValueError:
        return False
    return True


def cut_time(text: str | None) -> str | None:
    """Return a time with at most six digits of its second's fraction."""
    return None if text is None else re.sub(r"(\.\d{6})\d+", r"\1", text)
