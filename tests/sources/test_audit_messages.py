"""Audit messages of FHIR, DICOM and IHE: each real file as the mapping tables of the formats demand it.

The expected values are those of the specifications (FHIR AuditEvent by release, IHE BALP, DICOM PS3.15 A.5, RFC 3881),
written down before the code.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from detector.sources import decoded_text, record_reader
from detector.sources.audit_codes import action_of, reference_id, searched_by
from detector.sources.byte_stream import ByteStream
from detector.sources.dicom_audit import canonical_message
from detector.sources.fhir_audit import canonical_event, tree_node
from detector.sources.formats import format_of, formats
from detector.sources.log_format import ReadOptions
from detector.sources.xml_messages import MAX_DEPTH, NO_END, RefusedXmlError, parsed
from tests.site_folder import Deployment

DATA = Path(__file__).parents[1] / "data" / "audit-messages"
SERVER_IP = "2001:0db8:85a3:0000:0000:8a2e:0370:7334"
BALP = {
    "event_time": "2020-04-29T09:49:00.000Z",
    "patient_id": "ex-patient",
    "client_ip": SERVER_IP,
    "outcome": "success",
}
MACHINE = {"user_id": "myMachine.example.org"}
IHE = {"outcome": "success", "client_ip": "127.0.0.1"}
FHIR: dict[str, dict[str, Any]] = {
    "balp-ex-auditAuthZconsent.json": BALP | {"event_time": "2021-12-27T09:49:00.000Z", "user_id": "ex-practitioner",
        "action": "other", "reason": "PATRQT"},
    "balp-ex-auditBasicCreate1.json": BALP | {"user_id": "Betty Jones", "action": "create", "category": "list"},
    "balp-ex-auditBasicCreateClient.json": BALP | {"user_id": "John Smith", "action": "create", "category": "list"},
    "balp-ex-auditBasicCreateNoUser.json": BALP | MACHINE | {"action": "create", "category": "list"},
    "balp-ex-auditBasicCreateNoUserReport.json": BALP | MACHINE | {"action": "create", "category": "note"},
    "balp-ex-auditBasicDelete2.json": BALP | {"user_id": "Charley Miller", "action": "delete", "category": "list"},
    "balp-ex-auditBasicDeleteInformant.json": BALP | {"user_id": "Betty Jones", "action": "delete", "category": "list"},
    "balp-ex-auditBasicDeleteNoUser.json": BALP | MACHINE | {"action": "delete", "category": "list"},
    "balp-ex-auditBasicDeleteNoUserReport.json": BALP | MACHINE | {"action": "delete", "category": "note"},
    "balp-ex-auditBasicPatch.json": BALP | {"user_id": "John Smith", "action": "update", "category": "list"},
    "balp-ex-auditBasicQueryGetNoPatient.json": BALP | {"user_id": "John Smith", "patient_id": None,
        "action": "search", "query_by": "other", "request_id": "4a8dca3c-2205-4dc7-90e1-db877781d7cc"},
    "balp-ex-auditBasicQueryPost.json": BALP | {"user_id": "John Smith", "action": "search", "query_by": "patient_id"},
    "balp-ex-auditBasicReadNoPatient.json": BALP | {"user_id": "John Smith", "patient_id": None, "action": "view"},
    "balp-ex-auditBasicReadOClient.json": BALP | {"user_id": "JohnSmith", "action": "view", "category": "list",
        "session_id": "C187CC480FAC40A0936902D8BC324F5F", "application": "myMachine.example.org",
        "request_id": "76d148b6-586d-11ec-bf63-0242ac130002"},
    "balp-ex-auditBasicReadOServerMin.json": BALP | {"user_id": None, "action": "view", "category": "list",
        "request_id": "76d148b6-586d-11ec-bf63-0242ac130002"},
    "balp-ex-auditBasicUpdate1.json": BALP | {"user_id": "Betty Jones", "action": "update", "category": "list"},
    "balp-ex-auditBasicUpdateNoPatient.json": BALP | MACHINE | {"patient_id": None, "action": "update", "category": "note"},
    "balp-ex-auditBasicUpdateNoUserJob.json": BALP | MACHINE | {"action": "update", "category": "note"},
    "balp-ex-auditPrivacyDisclosure-measurereport.json": BALP | {"user_id": "Patient/ex-patient", "action": "export",
        "client_ip": None, "workstation": "myDevice.example.com"},
    "balp-ex-auditPrivacyDisclosure-recipient-minCodes.json": BALP | {"user_id": "Patient/ex-patient",
        "action": "export", "category": "note"},
    "balp-ex-auditPrivacyDisclosure-source2.json": BALP | {"user_id": "Patient/ex-patient", "action": "export",
        "category": "note", "client_ip": None, "workstation": "myDevice.example.com"},
    "ch-atc-doc-create-rep-pat.xml": {"event_time": "2020-10-10T16:29:00Z", "user_id": "761322222222222222",
        "user_name": "Julia Helfe-Gern", "user_role": "REP", "patient_id": "761337610469261945", "action": "create",
        "outcome": "success"},
    "ch-atc-doc-search.xml": {"event_time": "2022-10-10T18:49:00Z", "user_id": "Dr. med. Sabine Musterfrau",
        "user_role": "HCP", "patient_id": "761337610469261945", "action": "break_glass", "outcome": "success"},
    "dstu2-example-login.json": {"event_time": "2013-06-20T23:41:23Z", "user_id": "95", "user_name": "Grahame Grieve",
        "action": "login", "client_ip": "127.0.0.1", "application": "hl7connect.healthintersections.com.au",
        "outcome": "success", "patient_id": None},
    "gematik-1.3-valid.xml": {"event_time": "2022-04-27T08:04:27.434+00:00", "patient_id": None, "action": "create",
        "user_id": "1-SMC-B-Testkarte-883110000095957", "user_name": "Praxis Dr. Müller", "outcome": "success"},
    "r4-example-login.json": {"event_time": "2013-06-20T23:41:23Z", "user_id": "95", "action": "login",
        "client_ip": "127.0.0.1"},
    "r4-example-rest.json": {"event_time": "2013-06-20T23:42:24Z", "user_id": "95", "patient_id": "example",
        "action": "view", "category": "demographics", "workstation": "Workstation1.ehr.familyclinic.com"},
    "r4-example-search.json": {"event_time": "2015-08-22T23:42:24Z", "user_id": "95", "patient_id": None,
        "action": "search", "query_by": "other"},
    "r4-example.json": {"event_time": "2012-10-25T22:04:27+11:00", "user_id": "Grahame", "action": "other",
        "client_ip": "127.0.0.1", "patient_id": None, "application": "Grahame's Laptop"},
    "r5-read-made.json": {"event_time": "2013-09-22T00:07:59Z", "user_id": "f001", "patient_id": "example",
        "visit_id": "e1", "action": "view", "workstation": "custodian.net", "reason": "ETREAT Emergency Treatment",
        "outcome": "success"},
    "stu3-example-rest.json": {"event_time": "2013-06-20T23:42:24Z", "user_id": "95", "user_name": "Grahame Grieve",
        "patient_id": "example", "action": "view", "category": "demographics"},
}  # fmt: skip
DICOM: dict[str, dict[str, Any]] = {
    "ipf-atna-record-1.xml": {"event_time": "2001-12-17T09:30:47", "user_id": "smitty@readingroom.hospital.org",
        "user_name": "Dr. Smith", "patient_id": "ptid12345", "action": "create", "category": "imaging",
        "client_ip": "192.168.1.2", "application": "ReadingRoom", "outcome": "success"},
    "ipf-pdq.xml": IHE | {"event_time": "2020-03-19T12:16:37.320Z", "user_id": "MESA_DEPARTMENT|MESA_PD_CONSUMER",
        "patient_id": "24\x1f27", "action": "search", "query_by": "name", "application": "MPI"},
    "ipf-pdqm.xml": IHE | {"event_time": "2020-03-19T14:25:02.926Z", "user_id": "/app-gateway/fhir/Patient",
        "patient_id": None, "action": "search", "query_by": "name", "client_ip": "10.205.114.56"},
    "ipf-pixfeed.xml": IHE | {"event_time": "2020-03-19T12:24:34.434Z", "user_id": "PKL|SAP-ISH",
        "patient_id": "7627199", "action": "create", "category": "demographics"},
    "ipf-pixm.xml": IHE | {"event_time": "2020-03-19T14:33:48.493Z", "user_id": "/app-gateway/fhir/Patient/$ihe-pix",
        "patient_id": "IHEBLUE-2340", "action": "search", "query_by": "patient_id", "client_ip": "10.205.114.56"},
    "ipf-pixv3feed.xml": IHE | {"event_time": "2020-03-19T13:40:14.259Z", "user_id": "unknown",
        "patient_id": "JW-824-v3", "action": "create", "category": "demographics"},
    "ipf-start.xml": {"event_time": "2020-03-09T10:17:39.575Z", "user_id": "WDF-LAP-1237$", "patient_id": None,
        "action": "other", "application": "app-connect"},
    "ipf-xcpd.xml": IHE | {"event_time": "2020-03-19T14:38:04.293Z", "user_id": "unknown", "patient_id": "IHERED-1040",
        "action": "search", "query_by": "name"},
    "openhim-testAuditIHEDICOM.xml": {"event_time": "2013-10-17T15:12:04.287-06:00", "user_id": "farley.granger@wb.com",
        "action": "login", "client_ip": "125.20.175.12", "outcome": "success", "patient_id": None},
}  # fmt: skip


def read(path: Path) -> tuple[str, list[dict[str, Any]], list[str], str | None]:
    """Return the format that a file is recognised as, its records' values, the reasons of others, its problem."""
    log_format = format_of(path)
    records: list[dict[str, Any]] = []
    reasons: list[str] = []
    with ByteStream(path) as stream:
        reader = log_format.open(stream, ReadOptions())
        header = reader.layout.header
        for chunk in reader.chunks(tuple(range(len(header))), frozenset()):
            reasons += [one.reason for one in chunk.rejected]
            for row in chunk.records.to_pylist():
                assert row["raw"] in path.read_text(encoding="utf-8")
                records.append({header[int(name[1:])]: value for name, value in row.items() if name[1:].isdigit()})
        return log_format.name, records, reasons, stream.problem


@pytest.mark.parametrize("name", FHIR)
def test_fhir_files(name: str) -> None:
    found, (record,), reasons, problem = read(DATA / name)
    assert (found, reasons, problem) == ("fhir-auditevent", [], None)
    assert {key: record[key] for key in FHIR[name]} == FHIR[name]


@pytest.mark.parametrize("name", DICOM)
def test_dicom_files(name: str) -> None:
    found, (record,), reasons, problem = read(DATA / name)
    assert (found, reasons, problem) == ("dicom-audit", [], None)
    assert {key: record[key] for key in DICOM[name]} == DICOM[name]


def test_every_file_has_its_line() -> None:
    assert {path.name for path in DATA.iterdir()} == {*FHIR, *DICOM, "LICENSES.md"}


# --- rules, one by one


@pytest.mark.parametrize(("codes", "letter", "action"), [
    (["ITI-43", "110106"], "R", "view"), (["110107", "ITI-43"], "C", "view"), (["ITI-18", "110112"], "E", "search"),
    (["110106", "ITI-41"], "R", "create"), (["ATC_DOC_READ", "110106"], "R", "view"), (["110106", "read"], "R", "export"),
    (["110114", "110123"], "E", "logout"), (["110114"], "E", "login"), (["110123"], "E", "logout"),
    (["110113", "110127"], "E", "break_glass"), (["110113", "110128"], "E", "other"), (["rest", "vread"], "E", "view"),
    (["rest", "history-instance"], "E", "view"), (["rest", "patch"], "E", "update"), (["transaction"], "D", "delete"),
    (["110110"], "U", "update"), (["110105"], "D", "delete"), (["110103"], "R", "view"), ([], "E", "view"),
    (["110101"], "R", "view"),
])  # fmt: skip
def test_actions(codes: list[str], letter: str, action: str) -> None:
    assert action_of(codes, letter, has_query=False) == action
    assert action_of(["batch"], "E", has_query=True) == "search"


@pytest.mark.parametrize(("query", "searched"), [
    ("http://h/fhir/Patient?family=xpid", "name"), ("Patient?identifier=urn:oid:1|7", "patient_id"),
    ("GET h/r4/Observation?patient=1&_sort=x HTTP/1.1\nAccept: a=b", "patient_id"), ("Patient?birthdate=2020", "other"),
    ("Patient?telecom=138", "phone"), ("Patient?name:exact=Li&birthdate=2020", "name"), ("Patient?_count=10", None),
    ("POST h/Patient/_search HTTP/1.1\nA: b\n\nphone=1&_count=2\n", "phone"), ("MSH|^~\\&|x\rQPD|Q22|1|@PID.5.1^me", "name"),
    ("QPD|Q22|1|@PID.3^77~@PID.5^me", "patient_id"), ("QPD|Q22|1|@PID.13^138", "phone"),
    ("<a><livingSubjectName/><livingSubjectBirthTime/></a>", "name"), ("<b:livingSubjectId>", "patient_id"),
    ("rs/studies?PatientName=Li*", "name"), ("$XDSDocumentEntryPatientId", "patient_id"), ("", None),
])  # fmt: skip
def test_what_a_search_looked_for(query: str, searched: str | None) -> None:
    assert searched_by(query) == searched


@pytest.mark.parametrize(("reference", "identifier"), [
    ("Patient/7711/_history/2", "7711"), ("https://h/fhir/Patient/7711", "7711"), ("7711^^^&1.2&ISO", "7711"),
    ("urn:uuid:0c1f", "urn:uuid:0c1f"), ("12345-HD11", "12345-HD11"), ("urn:oid:1.2|X-1", "X-1"),
])  # fmt: skip
def test_references(reference: str, identifier: str) -> None:
    assert reference_id(reference) == identifier


def event(**more: Any) -> dict[str, Any]:
    """A read of R4 by a nurse."""
    return {
        "resourceType": "AuditEvent", "id": "a1", "recorded": "2026-06-01T08:00:00+08:00", "outcome": "0", "action": "R",
        "subtype": [{"system": "http://hl7.org/fhir/restful-interaction", "code": "read"}],
        "agent": [{"who": {"reference": "Practitioner/n1"}, "requestor": True}],
        "entity": [{"what": {"reference": "Patient/p1"}, "role": {"code": "1"}}],
    } | more  # fmt: skip


def entity(reference: str, **more: Any) -> dict[str, Any]:
    return {"what": {"reference": reference}, **more}


@pytest.mark.parametrize(("more", "expected"), [
    ({"agent": [{"who": {"reference": "Device/d"}, "requestor": True, "type": {"coding": [{"code": "110153"}]}},
                {"who": {"reference": "PractitionerRole/n2"}, "requestor": True}]}, {"user_id": "n2"}),
    ({"agent": [{"who": {"reference": "Device/7"}, "requestor": True}]}, {"user_id": "Device/7"}),
    ({"agent": [{"who": {"reference": "https://h/Practitioner/n3/_history/2"}, "requestor": "true"}]}, {"user_id": "n3"}),
    ({"agent": [{"who": {"reference": "#me"}, "requestor": True}],
      "contained": [{"resourceType": "Practitioner", "id": "me", "identifier": [{"value": "0071"}]}]}, {"user_id": "0071"}),
    ({"agent": [{"altId": "a7", "name": "N", "requestor": True, "role": [{"text": "nurse"}]}]},
     {"user_id": "a7", "user_name": "N", "user_role": "nurse"}),
    ({"entity": [entity("Patient/p1", role={"code": "1"}), entity("Patient/p2", role={"code": "1"})]},
     {"patient_id": "p1\x1fp2"}),
    ({"entity": [{"what": {"identifier": {"value": "77^^^&1.2&ISO"}}, "type": {"code": "1"}}]}, {"patient_id": "77"}),
    ({"entity": [{"what": {"identifier": {"value": "d1"}}, "type": {"code": "1"}, "role": {"code": "6"}}]},
     {"patient_id": None}),
    ({"entity": [entity("Patient/p1", role={"code": "1"}), entity("Observation/o1", role={"code": "4"})]},
     {"category": "result", "patient_id": "p1"}),
    ({}, {"category": "demographics", "patient_id": "p1"}),
    ({"subtype": [{"code": "search-type"}]}, {"category": None, "patient_id": "p1"}),
    ({"entity": [entity("Observation/o1", securityLabel=[{"code": "HIV"}])]}, {"category": "infectious"}),
    ({"entity": [entity("Patient/p1", securityLabel=[{"code": "PSY"}])]}, {"category": "psychiatric"}),
    ({"purposeOfEvent": [{"coding": [{"system": "v3-ActReason", "code": "BTG"}]}]}, {"action": "break_glass"}),
    ({"purposeOfEvent": [{"coding": [{"system": "v3-ActReason", "code": "ETREAT"}]}]}, {"action": "view"}),
    ({"period": {"start": "2026-05-31T23:00:00Z"}}, {"event_time": "2026-05-31T23:00:00Z"}),
    ({"recorded": "2026-06-01T08:00:00.1234567+08:00"}, {"event_time": "2026-06-01T08:00:00.123456+08:00"}),
    ({"outcome": "8"}, {"outcome": "failure"}), ({"outcome": {"code": {"code": "fatal"}}}, {"outcome": "failure"}),
    ({"outcome": {"code": {"code": "warning"}}}, {"outcome": "success"}),
    ({"encounter": {"reference": "Encounter/e9"}}, {"visit_id": "e9"}),
    ({"entity": [entity("Encounter/e8"), entity("Patient/p1")]}, {"visit_id": "e8", "patient_id": "p1"}),
    ({"patient": {"reference": "Patient/p9"}}, {"patient_id": "p9"}),
    ({"subtype": [{"code": "search-type"}], "entity": [
        {"role": {"code": "24"}, "query": base64.b64encode(b"https://h/Claim?patient=3").decode()}]},
     {"action": "search", "query_by": "patient_id", "category": "billing"}),
    ({"subtype": [{"code": "operation"}], "action": "E", "entity": [
        {"role": {"code": "24"}, "query": base64.b64encode(b"https://h/Group/1/$export").decode()}]}, {"action": "export"}),
])  # fmt: skip
def test_rules_of_fhir(more: dict[str, Any], expected: dict[str, Any]) -> None:
    values = canonical_event(event(**more))
    assert {key: values[key] for key in expected} == expected


def message(body: str = "", **attributes: str) -> str:
    said = {"EventActionCode": "R", "EventDateTime": "2026-06-01T08:00:00", "EventOutcomeIndicator": "0"} | attributes
    told = " ".join(f'{key}="{value}"' for key, value in said.items())
    return (
        f'<AuditMessage><EventIdentification {told}><EventID csd-code="110110" codeSystemName="DCM"/>'
        f"</EventIdentification>{body}</AuditMessage>"
    )


def person(account: str, kind: str = "", name: str = "", *, asked: str = "true", role: str = "") -> str:
    return (
        f'<ActiveParticipant UserID="{account}" UserIsRequestor="{asked}"{name and f" UserName={name!r}"}>'
        f"{kind and f'<UserIDTypeCode csd-code={kind!r}/>'}{role and f'<RoleIDCode csd-code={role!r}/>'}"
        "</ActiveParticipant>"
    )


def thing(name: str, kind: str, role: str, inner: str = "") -> str:
    codes = f'ParticipantObjectTypeCode="{kind}" ParticipantObjectTypeCodeRole="{role}"'
    return f'<ParticipantObjectIdentification ParticipantObjectID="{name}" {codes}>{inner}</ParticipantObjectIdentification>'


@pytest.mark.parametrize(("body", "expected"), [
    (person("10.0.0.1", "110182") + person("0071", "113871"), {"user_id": "0071"}),
    (person("AE", "110119", role="110152") + person("0072", role="110153", name="Li"), {"user_id": "0072", "user_name": "Li"}),
    (person("node", "110182") + person("arc", "113877", asked="false"), {"user_id": "node"}),
    (person("0073", asked="1", role="HCP") + person("x", asked="0"), {"user_id": "0073", "user_role": "HCP"}),
    (person("alias&lt;li@https://idp.h&gt;", name="Li"), {"user_id": "li"}),
    (person("", name="Li"), {"user_id": "Li"}),
    (thing("u9", "", "6", "<ParticipantObjectIDTypeCode code='11'/>"), {"user_id": "u9"}),
    (thing("p1^^^&amp;1.2&amp;ISO", "1", "1") + thing("p2", "1", "1") + thing("1.2.3", "2", "3"), {"patient_id": "p1\x1fp2"}),
    ("<PurposeOfUse csd-code='BTG' originalText='break the glass'/>", {"action": "break_glass", "reason": "BTG break the glass"}),
])  # fmt: skip
def test_rules_of_dicom(body: str, expected: dict[str, Any]) -> None:
    values = canonical_message(parsed(message(body)))
    assert {key: values[key] for key in expected} == expected


def test_an_event_that_is_told_by_its_name() -> None:
    text = message().replace('csd-code="110110"', 'code="eventIDcode" displayName="Query"')
    assert canonical_message(parsed(text))["action"] == "search"


# --- containers


def load(tmp_path: Path, content: bytes, name: str = "a.log") -> Deployment:
    site = Deployment(tmp_path, source='name = "his"\npath = "logs/*"\n')
    site.put(name, content)
    site.load()
    return site


EVENTS = [event(id=f"a{number}", entity=[entity(f"Patient/p{number}", role={"code": "1"})]) for number in range(3)]
PATIENT = {"resourceType": "Patient", "id": "p", "name": [{"family": "AuditEvent"}]}


def xml(number: int) -> str:
    return (
        f'<AuditEvent xmlns="http://hl7.org/fhir"><id value="a{number}"/><action value="R"/>'
        '<recorded value="2026-06-01T08:00:00+08:00"/><agent><who><reference value="Practitioner/n1"/></who>'
        f'<requestor value="true"/></agent><entity><what><reference value="Patient/p{number}"/></what></entity></AuditEvent>'
    )


CONTAINERS = {
    "array": json.dumps(EVENTS), "lines": "\n".join(map(json.dumps, EVENTS)),
    "lines with others": "\n".join(map(json.dumps, [PATIENT, *EVENTS])),
    "bundle": json.dumps({"resourceType": "Bundle", "link": [{"relation": "self"}], "entry": [
        {"fullUrl": "urn:1", "resource": one, "search": {"mode": "match"}} for one in [*EVENTS, PATIENT]]}, indent=2),
    "bundles in lines": "\n".join(json.dumps({"resourceType": "Bundle", "entry": [{"resource": one}]}) for one in EVENTS),
    "bundles in a bundle": json.dumps({"resourceType": "Bundle", "type": "batch-response", "entry": [
        {"response": {"status": "200"}, "resource": {"resourceType": "Bundle", "total": 1, "entry": [{"resource": one}]}}
        for one in EVENTS]}),
    "xml bundle": '<Bundle xmlns="http://hl7.org/fhir">' + "".join(
        f"<entry><resource>{one}</resource></entry>" for one in [*map(xml, range(3)), "<Patient><id value='p'/></Patient>"])
        + "</Bundle>",
    "xml, one after another": "\n".join(map(xml, range(3))),
}  # fmt: skip


@pytest.mark.parametrize("container", CONTAINERS)
def test_containers_of_fhir(tmp_path: Path, container: str) -> None:
    site = load(tmp_path, CONTAINERS[container].encode())
    others = "others" in container or container in {"bundle", "xml bundle"}
    assert [one[3] for one in site.events()] == ["p0", "p1", "p2"]
    assert site.counts()[0][1:] == (3 + others, 3, 0, int(others))
    assert [one[2] for one in site.quarantine()] == ["no record: not an AuditEvent"] * others
    assert site.query("select format, problem from files") == [("fhir-auditevent", None)]
    assert all(CONTAINERS[container].encode()[place:].startswith(raw.encode())
               for place, raw in site.query("select byte_position, raw from events"))  # fmt: skip


def test_the_two_records_of_one_request_are_one_event(tmp_path: Path) -> None:
    request = {"type": {"code": "XrequestId"}, "what": {"identifier": {"value": "r-1"}}}
    client = event(id="c", entity=[entity("Patient/p1", role={"code": "1"}), request])
    server = event(
        id="s", entity=[entity("Patient/p1", role={"code": "1"}), request], recorded="2026-06-01T08:00:01+08:00"
    )
    other = event(id="o", entity=[entity("Patient/p2", role={"code": "1"}), request])
    site = load(tmp_path, "\n".join(map(json.dumps, [client, server, other])).encode())
    assert site.counts()[0][1:] == (3, 2, 1, 0)
    assert sorted(one[3] for one in site.events()) == ["p1", "p2"]


def dicom(number: int) -> str:
    patient = thing(f"p{number}", "1", "1")
    return message(person("护士" if number == 1 else f"n{number}", "113871") + patient)


def framed(text: str, *, counted: bool = False) -> str:
    frame = f"<85>1 2026-06-01T08:00:00+08:00 h app 1 IHE+DICOM - \ufeff<?xml version='1.0'?>{text}"
    return f"{len(frame.encode())} {frame}" if counted else frame


BARE = [dicom(number) for number in range(3)]
STREAMS = {
    "bare": ("\n".join(BARE), 0), "one line each": ("\n".join(map(framed, BARE)), 0),
    "counted octets": ("".join(framed(one, counted=True) for one in BARE), 0),
    "over many lines": ("\n".join(framed(one.replace("><", ">\n  <")) for one in BARE), 0),
    "among others' lines": (f"<13>1 2026-06-01T08:00:00Z h cron 1 - - hello\n{framed(BARE[0])}\nJun  1 h sshd: x\n"
                            + "\n".join(map(framed, BARE[1:])) + "\n<13>1 2026-06-01T08:00:00Z h cron 1 - - bye\n", 3),
    "with escaped line ends": ("\n".join(framed(one.replace("><", ">#012<").replace("<AuditMessage>", "<AuditMessage#012>"))
                                         for one in BARE), 0),
    "with a prefix": ("\n".join(one.replace("</", "</a:").replace("<", "<a:").replace("<a:/a:", "</a:") for one in BARE), 0),
}  # fmt: skip


@pytest.mark.parametrize("stream", STREAMS)
def test_streams_of_dicom(tmp_path: Path, stream: str) -> None:
    text, skipped = STREAMS[stream]
    site = load(tmp_path, text.encode())
    assert [one[2:4] for one in site.query("select row_number, 1, user_id, patient_id from events order by 1")] == [
        ("n0", "p0"), ("护士", "p1"), ("n2", "p2")
    ]  # fmt: skip
    assert site.query("select rows_read, skipped, format, problem from files") == [(3, skipped, "dicom-audit", None)]
    assert site.load().rows_read == 0


def test_a_message_without_its_end_does_not_swallow_the_next(tmp_path: Path) -> None:
    cut = framed(BARE[1])[:-40]
    site = load(tmp_path, "\n".join([framed(BARE[0]), cut, framed(BARE[2]), framed(BARE[1])[:-40]]).encode())
    assert [one[3] for one in site.events()] == ["p0", "p2"]
    assert [(one[0], one[2]) for one in site.quarantine()] == [(2, NO_END), (4, NO_END)]
    site.put("a.log", "\n".join([framed(BARE[0]), cut, framed(BARE[2]), framed(BARE[1]), ""]).encode())
    site.load()
    assert site.counts()[0][1:] == (4, 3, 0, 1)


BOMB = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><AuditMessage>&b;</AuditMessage>'


@pytest.mark.parametrize("hostile", [
    "<AuditMessage>" + "<x>" * (MAX_DEPTH + 1) + "</x>" * (MAX_DEPTH + 1) + "</AuditMessage>",
    "<AuditMessage>&b;</AuditMessage>", "<AuditMessage a='1' a='2'></AuditMessage>", "<AuditMessage><</AuditMessage>",
    "<AuditMessage/>", "<AuditMessage><EventIdentification></AuditMessage>", BOMB,
])  # fmt: skip
def test_a_hostile_message_takes_no_neighbour_along(tmp_path: Path, hostile: str) -> None:
    site = load(tmp_path, "\n".join([framed(BARE[0]), hostile, framed(BARE[2])]).encode())
    assert [one[3] for one in site.events()] == ["p0", "p2"]
    assert site.counts()[0][1:] == (3, 2, 0, 1)


def test_no_entity_is_expanded_and_no_document_type_read() -> None:
    with pytest.raises(RefusedXmlError, match="document type"):
        parsed(BOMB)
    with pytest.raises(RefusedXmlError, match="deeply"):
        parsed("<a>" * 100_000)
    with pytest.raises(RefusedXmlError, match="document type"):
        parsed('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>')


def test_a_tree_is_as_it_would_be_in_json() -> None:
    assert tree_node(parsed("<a><b value='1'/><b value='2'/><c><d value='x'><extension url='u'/></d></c></a>")) == {
        "b": ["1", "2"], "c": {"d": "x"}
    }  # fmt: skip


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "iso-8859-1"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    name = "Müller" if encoding == "iso-8859-1" else "护士"
    text = f'<?xml version="1.0" encoding="{encoding}"?>\n' + message(person("n1", "113871", name))
    site = load(tmp_path, text.encode(encoding))
    assert site.query("select user_name from events") == [(name,)]


def test_encodings_of_an_event_with_separators_in_its_texts(tmp_path: Path) -> None:
    text = json.dumps(event(purposeOfEvent=[{"text": "line\u2028two"}]), ensure_ascii=False)
    site = load(tmp_path, (text + "\n").encode())
    assert site.counts()[0][1:] == (1, 1, 0, 0)


@pytest.mark.parametrize("text", [
    'time,user,params\n2026-06-01,u1,"<AuditMessage>"\n', "time\tuser\tparams\n2026\tu1\t<AuditMessage/>\n",
    'time;user;params\n2026;u1;{"resourceType":"AuditEvent"}\n', "time|user\n2026|<AuditEvent >\n",
])  # fmt: skip
def test_a_table_that_quotes_a_message_is_a_table(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text)
    assert format_of(path).name == "csv"


def test_a_large_bundle_of_other_resources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoded_text, "BLOCK_BYTES", 1000)
    monkeypatch.setattr(decoded_text, "HEAD_BYTES", 500)
    monkeypatch.setattr(record_reader, "MAX_RECORD_BYTES", 3000)
    others = "".join(f"<entry><resource><Patient><id value='{n}'/></Patient></resource></entry>\n" for n in range(200))
    path = tmp_path / "a.xml"
    path.write_text(
        f"<Bundle xmlns='http://hl7.org/fhir'>{others}<entry><resource>{xml(1)}</resource></entry></Bundle>"
    )
    with ByteStream(path) as stream:
        chunks = list(formats()["fhir-auditevent"].open(stream, ReadOptions()).chunks((), frozenset()))
    assert sum(chunk.records.num_rows for chunk in chunks) == 1
    assert sum(len(chunk.rejected) for chunk in chunks) == 200
