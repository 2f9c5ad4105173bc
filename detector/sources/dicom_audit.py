"""DICOM's and IHE's AuditMessage (PS3.15 A.5, RFC 3881) as canonical texts.

Codes are written in two ways, `csd-code` with `originalText` and `code` with `displayName`; both are read everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from xml.etree.ElementTree import Element

from detector.sources.audit_codes import (
    NAMES,
    PATIENT_SEARCHES,
    TRANSACTIONS,
    action_of,
    cut_time,
    decoded,
    is_address,
    is_emergency,
    outcome_of,
    reference_id,
    searched_by,
)
from detector.sources.identifiers import PATIENT_SEPARATOR

_PERSON: Final = "113871"
_MACHINES: Final = frozenset({"110182", "113877", "110119", "12"})
_MACHINE_ROLES: Final = re.compile(r"11015\d$")
_SIGNED_IN: Final = re.compile(r"[^<>]*<([^<>]+)>$")
_CATEGORIES: Final = {
    "110101": "list", "110102": "imaging", "110103": "imaging", "110104": "imaging", "110105": "imaging",
    "110109": "order", "110110": "demographics", "110111": "order", "ITI-41": "note", "ITI-42": "note",
    "ITI-43": "note", "ITI-65": "note", "ITI-68": "note", "RAD-16": "imaging", "RAD-69": "imaging",
}  # fmt: skip
_USER_ROLE, _USER_ID = "6", "11"


def canonical_message(message: Element) -> dict[str, str | None]:
    """Return the canonical values of an AuditMessage; several patients are joined."""
    event = message.find("EventIdentification")
    if event is None:
        event = Element("EventIdentification")
    codes = _codes([*event.findall("EventTypeCode"), *event.findall("EventID")])
    participants = message.findall("ActiveParticipant")
    objects = message.findall("ParticipantObjectIdentification")
    source = message.find("AuditSourceIdentification")
    user = _user(participants)
    query = next((decoded(one.text) for one in message.iter("ParticipantObjectQuery") if one.text), "")
    action = action_of(codes, event.get("EventActionCode"), has_query=bool(query))
    purposes = [*message.iter("PurposeOfUse")]
    coded = [(one.get("codeSystemName") or one.get("codeSystem") or "", _code(one)) for one in purposes]
    if is_emergency(coded) and action not in {"login", "logout"}:
        action = "break_glass"
    address, workstation = _place(user, participants)
    said = [f"{code} {_name(one)}".strip() for (_, code), one in zip(coded, purposes, strict=True)]
    said += [text for one in event.findall("EventOutcomeDescription") if (text := (one.text or "").strip())]
    return {
        "event_time": cut_time(event.get("EventDateTime")),
        "user_id": _account(user) or _user_object(objects),
        "user_name": None if user is None else user.get("UserName"),
        "user_role": None if user is None else _role(user),
        "patient_id": PATIENT_SEPARATOR.join(_patients(objects, codes)) or None,
        "action": action,
        "category": next((_CATEGORIES[code] for code in codes if code in _CATEGORIES), None),
        "query_by": searched_by(query) if action == "search" and query else None,
        "client_ip": address,
        "workstation": workstation,
        "application": None if source is None else source.get("AuditSourceID") or source.get("AuditEnterpriseSiteID"),
        "outcome": outcome_of(event.get("EventOutcomeIndicator")),
        "reason": "; ".join(dict.fromkeys(filter(None, said))) or None,
    }


def _code(element: Element) -> str:
    return (element.get("csd-code") or element.get("code") or "").strip()


def _name(element: Element) -> str:
    return (element.get("originalText") or element.get("displayName") or "").strip()


def _codes(elements: Iterable[Element]) -> list[str]:
    """Return the codes of coded elements; a name stands for one that is none."""
    found = []
    for element in elements:
        code = _code(element)
        is_known = code.isdigit() or code.upper() in TRANSACTIONS or "-" in code
        named = NAMES.get(_name(element).lower())
        found.append(named if named and not is_known else code.upper() if code.upper() in TRANSACTIONS else code)
    return found


def _is_requestor(participant: Element) -> bool:
    return participant.get("UserIsRequestor", "").strip().lower() in {"true", "1"}


def _kind(participant: Element) -> str:
    element = participant.find("UserIDTypeCode")
    return "" if element is None else _code(element)


def _rank(participant: Element) -> tuple[bool, ...]:
    """Order participants: a person who asked, who is named, what is no machine by its code, role or form."""
    kind, account = _kind(participant), participant.get("UserID", "")
    is_machine = kind in _MACHINES
    has_role = any(_MACHINE_ROLES.match(_code(one)) for one in participant.findall("RoleIDCode"))
    asked = _is_requestor(participant)
    is_person, is_named = kind == _PERSON, bool(participant.get("UserName")) and not is_machine
    is_machine = is_machine or "://" in account or account.startswith("/")
    return (
        not (is_person and asked),
        not is_person,
        not (is_named and asked),
        not (asked and not is_machine and not has_role),
        not is_named,
        not asked,
        is_machine,
        has_role,
    )


def _user(participants: list[Element]) -> Element | None:
    known = [one for one in participants if _account(one)]
    return min(known, key=_rank) if known else None


def _account(participant: Element | None) -> str | None:
    if participant is None:
        return None
    account = participant.get("UserID", "").strip() or participant.get("AlternativeUserID", "").strip()
    signed_in = _SIGNED_IN.match(account)
    if signed_in:
        user, at, _ = signed_in[1].rpartition("@")
        account = user if at else signed_in[1]
    return account or participant.get("UserName") or None


def _user_object(objects: list[Element]) -> str | None:
    """Return the user where a message names him as an object, as OpenEMR does."""
    for one in objects:
        kind = one.find("ParticipantObjectIDTypeCode")
        if one.get("ParticipantObjectTypeCodeRole") == _USER_ROLE and kind is not None and _code(kind) == _USER_ID:
            return one.get("ParticipantObjectID") or None
    return None


def _role(participant: Element) -> str | None:
    for one in participant.findall("RoleIDCode"):
        if not _MACHINE_ROLES.match(_code(one)):
            return _code(one) or _name(one) or None
    return None


def _patients(objects: list[Element], codes: list[str]) -> list[str]:
    """Return the patients; a search for one answers with his identifiers in several domains, of which one is taken."""
    texts = [
        one.get("ParticipantObjectID", "").strip() for one in objects
        if one.get("ParticipantObjectTypeCode") == "1" and one.get("ParticipantObjectTypeCodeRole") == "1"
    ]  # fmt: skip
    texts = [text for text in texts if text]
    if texts and not PATIENT_SEARCHES.isdisjoint(codes):
        first = _domain(texts[0])
        texts = [text for text in texts if _domain(text) == first]
    return list(dict.fromkeys(one for one in map(reference_id, texts) if one))


def _domain(text: str) -> str:
    if "^^^" in text:
        return text.partition("^^^")[2].partition("^")[0]
    return text.rpartition("|")[0]


def _place(user: Element | None, participants: list[Element]) -> tuple[str | None, str | None]:
    """Return address and workstation: of the user, of who asked, else of the source."""
    sources = [one for one in participants if any(_code(role) == "110153" for role in one.findall("RoleIDCode"))]
    asked = [one for one in participants if _is_requestor(one)]
    address = workstation = None
    for one in [*([] if user is None else [user]), *asked, *sources]:
        text, kind = one.get("NetworkAccessPointID", "").strip(), one.get("NetworkAccessPointTypeCode", "")
        if not text or kind in {"3", "4", "5"}:
            continue
        if is_address(text):
            address = address or text
        else:
            workstation = workstation or text
    return address, workstation
