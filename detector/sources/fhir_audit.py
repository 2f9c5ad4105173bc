"""FHIR's AuditEvent as canonical texts: R5, R4 and R4B, STU3 and DSTU2, told by their shape.

Values are looked up as in JSON; what was read from XML has the same names, and every element may repeat or not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final
from xml.etree.ElementTree import Element

from detector.sources.audit_codes import (
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

Node = dict[str, Any]
_PERSONS: Final = ("Practitioner", "PractitionerRole", "Person")
"""Resources whose bare id is the account; others keep their type."""
_MACHINES: Final = re.compile(r"1101[58]\d$|11315\d$")
_HUMANS: Final = frozenset({"humanuser", "UserOauthAgent", "UserSamlAgent", "UserTLSAgent", "UserInfrequentAgent"})
_HUMAN_SYSTEMS: Final = ("v3-ParticipationType", "v3-RoleClass", "v3-ParticipationFunction", "UserAgentTypes")
_TYPE: Final = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)/[^/]+(?:/_history/[^/]+)?/?$")
_REQUESTED: Final = re.compile(r"(?:^|[/\s])([A-Z][A-Za-z]+)(?:/_search|/\S*)?(?:[?\s]|$)")
_CATEGORIES: Final = {
    **dict.fromkeys(("Observation", "DiagnosticReport", "Specimen", "MolecularSequence"), "result"),
    **dict.fromkeys(
        ("MedicationRequest", "MedicationOrder", "MedicationAdministration", "MedicationDispense", "Medication",
         "MedicationStatement", "MedicationUsage", "Immunization"), "medication",
    ),
    **dict.fromkeys(
        ("DocumentReference", "DocumentManifest", "Composition", "ClinicalImpression", "Condition", "Procedure",
         "CarePlan", "AllergyIntolerance", "FamilyMemberHistory", "QuestionnaireResponse", "Communication"), "note",
    ),
    **dict.fromkeys(
        ("ServiceRequest", "ProcedureRequest", "DiagnosticOrder", "DiagnosticRequest", "ReferralRequest",
         "DeviceRequest", "NutritionOrder", "RequestGroup"), "order",
    ),
    **dict.fromkeys(("ImagingStudy", "ImagingSelection", "ImagingObjectSelection", "Media"), "imaging"),
    **dict.fromkeys(("Claim", "ClaimResponse", "Coverage", "ExplanationOfBenefit", "Account", "Invoice",
                     "ChargeItem"), "billing"),
    **dict.fromkeys(("Patient", "RelatedPerson"), "demographics"),
    **dict.fromkeys(("List", "Group", "Appointment", "Schedule", "Slot"), "list"),
}  # fmt: skip
_LABELS: Final = {
    **dict.fromkeys(("PSY", "PSYTHPN", "MH", "BH"), "psychiatric"),
    **dict.fromkeys(("SEX", "SDV", "SEXREPROD", "REPROD", "GDIS"), "reproductive"),
    **dict.fromkeys(("HIV", "STD", "TBOO"), "infectious"),
}


_ON_ONE_RESOURCE: Final = frozenset({"read", "vread", "create", "update", "patch", "delete"})
"""Interactions of FHIR's REST interface with one resource."""


def canonical_event(event: Node) -> dict[str, str | None]:
    """Return the canonical values of an AuditEvent, ``request_id`` beside them; several patients are joined."""
    old = _first(event, "event") if isinstance(_first(event, "event"), dict) else event
    agents = [*_nodes(event, "participant"), *_nodes(event, "agent")]
    entities = [*_nodes(event, "object"), *_nodes(event, "entity")]
    contained = {f"#{_text(one, 'id')}": one for one in _nodes(event, "contained")}
    codes = [code for _, code in _event_codes(event, old)]
    query = next((decoded(text) for one in entities if (text := _text(one, "query"))), "")
    purposes = [*_purposes(event, old, agents)]
    user = _user(agents)
    action = action_of(_expanded(codes, agents, query), _text(old, "action"), has_query=bool(query))
    if is_emergency([(system, code) for system, code, _ in purposes]) and action not in {"login", "logout"}:
        action = "break_glass"
    places = _networks(user, agents, action)
    outcome = _first(event, "outcome") if old is event else _first(old, "outcome")
    code = _text(outcome, "code", "code") or _text(outcome, "code") if isinstance(outcome, dict) else outcome
    encounter = _reference(_first(event, "encounter"), contained)
    return {
        "event_id": _text(event, "id"),
        "request_id": next((_text(one, "what", "identifier", "value") for one in entities if _is_request(one)), None),
        "event_time": _time(event, old),
        "user_id": _account(user, contained),
        "user_name": _text(user, "name") or _text(user, "who", "display") or None,
        "user_role": _role(user),
        "patient_id": PATIENT_SEPARATOR.join(_patients(event, entities, contained)) or None,
        "visit_id": encounter or _visit(event, entities),
        "action": action,
        "category": _category(entities, query, codes),
        "query_by": searched_by(query) if action == "search" and query else None,
        "client_ip": places.get("client_ip"),
        "workstation": places.get("workstation"),
        "application": _application(_first(event, "source")) or places.get("application"),
        "session_id": next((one for one in map(_plain, _all(user, "policy")) if one and "/" not in one), None),
        "outcome": outcome_of(_plain(code)),
        "reason": "; ".join(dict.fromkeys(told for _, _, told in purposes if told)) or None,
    }


def tree_node(tree: Element) -> Any:  # noqa: ANN401  (a text or a node)
    """Return a resource in XML as it would be in JSON: a text for a primitive value, a node for what has elements."""
    if len(tree) == 0 and "value" in tree.attrib:
        return tree.attrib["value"]
    node: Node = {key: value for key, value in tree.attrib.items() if key in {"id", "url", "value"}}
    if "value" in node and {child.tag for child in tree} <= {"extension"}:
        return node["value"]
    for child in tree:
        value = tree_node(child)
        if child.tag not in node:
            node[child.tag] = value
        elif isinstance(node[child.tag], list):
            node[child.tag].append(value)
        else:
            node[child.tag] = [node[child.tag], value]
    return node


def _all(node: Any, key: str) -> list[Any]:  # noqa: ANN401  (JSON is anything)
    value = node.get(key) if isinstance(node, dict) else None
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _nodes(node: Any, key: str) -> list[Node]:  # noqa: ANN401
    return [one for one in _all(node, key) if isinstance(one, dict)]


def _first(node: Any, key: str) -> Any:  # noqa: ANN401
    value = node.get(key) if isinstance(node, dict) else None
    return (value[0] if value else None) if isinstance(value, list) else value


def _plain(value: Any) -> str | None:  # noqa: ANN401
    if isinstance(value, str):
        return value.strip() or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _text(node: Any, *path: str) -> str | None:  # noqa: ANN401
    for key in path:
        if not isinstance(node, dict):
            return None
        node = node.get(key)
        if isinstance(node, list):
            node = node[0] if node else None
    return _plain(node)


def _codings(value: Any) -> Iterator[tuple[str, str, str]]:  # noqa: ANN401
    """Yield system, code and display of a Coding, a CodeableConcept, or a list of them."""
    for one in value if isinstance(value, list) else [value]:
        if not isinstance(one, dict):
            continue
        for coding in _nodes(one, "coding") or (one,):
            code = _text(coding, "code") or ""
            display = _text(coding, "display") or _text(one, "text") or ""
            if code or display:
                yield _text(coding, "system") or "", code, display


def _event_codes(event: Node, old: Node) -> Iterator[tuple[str, str]]:
    keys = ("subtype", "type") if old is not event else ("code", "subtype", "category", "type")
    for key in keys:
        for system, code, _ in _codings(_all(old, key)):
            yield system, code


def _expanded(codes: list[str], agents: list[Node], query: str) -> list[str]:
    """Return the codes of the event, those that say that it is an export added: to a medium, of everything."""
    roles = {code for agent in agents for _, code, _ in _codings([*_all(agent, "type"), *_all(agent, "role")])}
    named = [code.upper() if code.upper() in TRANSACTIONS else code.lower() for code in codes]
    if "110154" in roles or "$export" in query:
        named.append("$export")
    return named


def _purposes(event: Node, old: Node, agents: list[Node]) -> Iterator[tuple[str, str, str]]:
    values = [*_all(old, "purposeOfEvent"), *_all(event, "authorization")]
    for agent in agents:
        values += [*_all(agent, "purposeOfUse"), *_all(agent, "authorization")]
    for system, code, display in _codings(values):
        yield system, code, f"{code} {display}".strip()


def _time(event: Node, old: Node) -> str | None:
    """Return when it happened, which goes before when it was written."""
    happened = (
        _text(event, "occurredDateTime"), _text(event, "occurredPeriod", "start"), _text(event, "period", "start"),
    )  # fmt: skip
    exact = (text for text in happened if text and len(text) >= len("2026-06-01T08:00"))
    return cut_time(next(exact, None) or _text(event, "recorded") or _text(old, "dateTime"))


def _is_requestor(agent: Node) -> bool:
    return str(_first(agent, "requestor")).strip().lower() in {"true", "1"}


def _is_machine(agent: Node) -> bool:
    kind = reference_type(_text(agent, "who", "reference") or _text(agent, "reference", "reference") or "")
    codes = [code for _, code, _ in _codings([*_all(agent, "type"), *_all(agent, "role")])]
    return kind == "Device" or any(_MACHINES.match(code) for code in codes)


def _is_human(agent: Node) -> bool:
    return any(
        code in _HUMANS or system.rstrip("/").rpartition("/")[2] in _HUMAN_SYSTEMS
        for system, code, _ in _codings(_all(agent, "type"))
    )


def _user(agents: list[Node]) -> Node:
    """Return the agent who is the human requestor; where none asked, the first who is no device, else the first."""
    asked = [agent for agent in agents if _is_requestor(agent)]
    ranked = sorted(asked, key=lambda one: (_is_machine(one), not _is_human(one), bool(_all(one, "network"))))
    if ranked:
        return ranked[0]
    known = [agent for agent in agents if _account(agent, {})]
    persons = [agent for agent in known if _is_human(agent)] or [agent for agent in known if not _is_device(agent)]
    return next(iter([*persons, *known]), {})


def _is_device(agent: Node) -> bool:
    who = _text(agent, "who", "reference") or _text(agent, "reference", "reference") or ""
    return reference_type(who) == "Device"


def reference_type(reference: str) -> str | None:
    """Return the type of the resource that a reference names."""
    found = _TYPE.search(reference.split("?", maxsplit=1)[0])
    return found[1] if found else None


def _account(agent: Node, contained: dict[str, Node]) -> str | None:
    who = _first(agent, "who")
    reference = _text(who, "reference") or _text(agent, "reference", "reference") or _text(agent, "reference")
    other = next(
        (_text(one, "valueIdentifier", "value") for one in _nodes(agent, "extension")
         if str(one.get("url")).endswith(("AlternativeUserID", "otherId"))), None,
    )  # fmt: skip
    return (
        _text(who, "identifier", "value")
        or _text(agent, "userId", "value")
        or _text(agent, "userId")
        or (_account_of(reference, contained) if reference else None)
        or _text(agent, "altId")
        or other
        or _text(who, "display")
        or _text(agent, "name")
    )


def _account_of(reference: str, contained: dict[str, Node]) -> str | None:
    """Return the account that a reference names: its bare id for a person at work, with its type for anything else."""
    if reference.startswith("#"):
        inside = contained.get(reference, {})
        return _text(inside, "identifier", "value") or reference[1:] or None
    kind, name = reference_type(reference), reference_id(reference)
    return name if kind is None or kind in _PERSONS else f"{kind}/{name}"


def _role(agent: Node) -> str | None:
    for key in ("role", "type"):
        for _, code, display in _codings(_all(agent, key)):
            if not _MACHINES.match(code):
                return code or display
    return None


def _reference(value: Any, contained: dict[str, Node]) -> str | None:  # noqa: ANN401
    """Return the identifier of what a Reference or an Identifier names."""
    if isinstance(value, str):
        value = {"reference": value}
    known = _text(value, "identifier", "value") or _text(value, "value")
    if known:
        return reference_id(known) if "^^^" in known else known
    reference = _text(value, "reference")
    if reference and reference.startswith("#"):
        inside = contained.get(reference, {})
        return _text(inside, "identifier", "value") or reference[1:]
    return reference_id(reference) if reference else None


def _what(entity: Node) -> list[Any]:
    """Return what an entity names, under the names of the releases."""
    return [one for key in ("what", "identifier", "reference") for one in _all(entity, key)]


def _patients(event: Node, entities: list[Node], contained: dict[str, Node]) -> list[str]:
    named = [*_all(event, "patient")]
    by_role = [one for one in entities if "1" in {code for _, code, _ in _codings(_all(one, "role"))}]
    by_reference = [one for one in entities if reference_type(_target(one)) == "Patient"]
    by_type = [
        one for one in entities
        if "1" in {code for _, code, _ in _codings(_all(one, "type"))} and not _all(one, "role")
    ]  # fmt: skip
    for choice in (named, *([value for one in some for value in _what(one)[:1]] for some in
                            (by_role, by_reference, by_type))):  # fmt: skip
        found = [one for one in (_reference(value, contained) for value in choice) if one]
        if found:
            return list(dict.fromkeys(found))
    return []


def _target(entity: Node) -> str:
    return next((text for one in _what(entity) if (text := _text(one, "reference") or _plain(one))), "")


def _visit(event: Node, entities: list[Node]) -> str | None:
    target = next((text for text in map(_target, entities) if reference_type(text) == "Encounter"), None)
    inside = [*_nodes(event, "extension"), *(one for entity in entities for one in _nodes(entity, "extension"))]
    named = (
        _text(one, "valueReference", "reference") for one in inside if "encounter" in str(one.get("url")).lower()
    )  # fmt: skip
    found = target or next(filter(None, named), None)
    return reference_id(found) if found else None


def _category(entities: list[Node], query: str, codes: list[str]) -> str | None:
    """Return the kind of data: a security label goes before the type of the resource, others before the patient.

    A request for one resource that names the patient's alone was for what that holds: name, telephone, address.
    """
    labels = [code for one in entities for _, code, _ in _codings(_all(one, "securityLabel"))]
    for code in labels:
        if code in _LABELS:
            return _LABELS[code]
    kinds = []
    for one in entities:
        is_patient = "1" in {code for _, code, _ in _codings(_all(one, "role"))}
        kind = reference_type(_target(one)) or next((code for _, code, _ in _codings(_all(one, "type"))), None)
        if kind in _CATEGORIES and not is_patient:
            kinds.append(_CATEGORIES[kind])
    asked = _REQUESTED.search(" ".join(query.splitlines()[:1])) if query else None
    if asked is not None and asked[1] in _CATEGORIES:
        kinds.append(_CATEGORIES[asked[1]])
    if not kinds and not query and not _ON_ONE_RESOURCE.isdisjoint(codes):
        kinds += ["demographics" for one in entities if reference_type(_target(one)) == "Patient"]
    return next((one for one in kinds if one != "demographics"), next(iter(kinds), None))


def _networks(user: Node, agents: list[Node], action: str) -> dict[str, str]:
    """Return address, workstation and application of the client: at the user, else at the machine that asked."""
    order = ("110152", "110150", "110153") if action == "view" else ("110153", "110150", "110152")
    machines = sorted(
        (agent for agent in agents if agent is not user),
        key=lambda one: min(
            (order.index(code) for _, code, _ in _codings([*_all(one, "type"), *_all(one, "role")]) if code in order),
            default=len(order),
        ),
    )
    found: dict[str, str] = {}
    for agent in [user, *machines]:
        for key, value in _network(agent):
            found.setdefault(key, value)
    location = _first(user, "location")
    place = _text(location, "display") or (_reference(location, {}) if location else None)
    if place:
        found.setdefault("workstation", place)
    return found


def _network(agent: Node) -> Iterator[tuple[str, str]]:
    network = _first(agent, "network")
    address = _text(network, "address") or _text(agent, "networkString")
    kind = _text(network, "type")
    if address:
        if is_address(address):
            yield "client_ip", address
        elif kind == "5" or "://" in address:
            yield "application", address
        elif kind in {None, "1", "2"}:
            yield "workstation", address
    if uri := _text(agent, "networkUri"):
        yield "application", uri


def _application(source: Any) -> str | None:  # noqa: ANN401
    observer = _first(source, "observer")
    reference = _text(observer, "reference")
    return (
        _text(observer, "display")
        or _text(observer, "identifier", "value")
        or reference
        or _text(source, "identifier", "value")
        or _text(source, "identifier")
        or _text(source, "site")
    )


def _is_request(entity: Node) -> bool:
    values = [*_all(entity, "type"), *_all(entity, "role")]
    return any(code.lower() == "xrequestid" for _, code, _ in _codings(values))
