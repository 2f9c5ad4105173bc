"""The same events as six systems would log them, each in its own format and with its own numbers for people.

A row is a canonical event: texts by canonical column, empty where nothing is said, times with offset.
"""

from __future__ import annotations

import base64
import csv
import datetime as dt
import io
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from html import escape
from xml.sax.saxutils import quoteattr

Row = Mapping[str, str]

_CODES = {"login": "E", "logout": "E", "search": "E", "create": "C", "update": "U", "delete": "D"}
_RESOURCES = {
    "demographics": "Patient",
    "note": "DocumentReference",
    "order": "ServiceRequest",
    "medication": "MedicationRequest",
    "result": "Observation",
    "imaging": "ImagingStudy",
    "billing": "Claim",
}
_INTERACTIONS = {"view": "read", "search": "search-type", "create": "create", "update": "update", "delete": "delete"}
_ZH_ACTIONS = {
    "login": "登录",
    "logout": "退出",
    "search": "查询",
    "view": "浏览",
    "create": "录入",
    "update": "修改",
    "delete": "删除",
    "print": "打印",
    "export": "导出",
}


def local(row: Row) -> dt.datetime:
    """Return the wall clock of a row."""
    return dt.datetime.fromisoformat(row["event_time"]).replace(tzinfo=None)


def delimited(rows: Iterable[Row]) -> bytes:
    """Return rows as a HIS exports them: GB18030, Chinese headers and actions, a title above."""
    text = io.StringIO()
    out = csv.writer(text)
    out.writerow(["示例医院操作日志"])
    out.writerow(
        [
            "日志编号",
            "操作时间",
            "工号",
            "操作员",
            "所属科室",
            "患者ID",
            "患者科室",
            "操作类型",
            "数据类别",
            "记录数",
            "查询方式",
            "客户端IP",
        ]
    )
    for row in rows:
        out.writerow(
            [
                row["event_id"],
                f"{local(row):%Y/%m/%d %H:%M:%S}",
                row["user_id"],
                row["user_name"],
                row["user_department"],
                row["patient_id"],
                row["patient_department"],
                _ZH_ACTIONS[row["action"]],
                row["category"],
                row["record_count"],
                row["query_by"],
                row["client_ip"],
            ]
        )
    return text.getvalue().encode("gb18030")


def html_workbook(rows: Iterable[Row]) -> bytes:
    """Return rows as a web system exports them: an HTML table that is called .xls."""
    names = ["日志编号", "操作时间", "工号", "操作员", "所属科室", "患者ID", "操作类型", "数据类别", "记录数"]
    lines = ["<html><head><meta charset=gb2312></head><table><tr>", *(f"<th>{name}</th>" for name in names), "</tr>"]
    for row in rows:
        cells = [
            row["event_id"],
            f"{local(row):%Y-%m-%d %H:%M:%S}",
            row["user_id"],
            row["user_name"],
            row["user_department"],
            row["patient_id"],
            _ZH_ACTIONS[row["action"]],
            row["category"],
            row["record_count"],
        ]
        lines.append(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>\n")
    return "".join([*lines, "</table></html>"]).encode("gb18030")


def fhir(rows: Iterable[Row]) -> bytes:
    """Return rows as R4 AuditEvents, one resource a line."""
    return "".join(json.dumps(_audit_event(row), ensure_ascii=False) + "\n" for row in rows).encode()


def _audit_event(row: Row) -> dict[str, object]:
    coded: dict[str, object]
    if row["action"] in {"login", "logout"}:
        code = "110122" if row["action"] == "login" else "110123"
        coded = {
            "type": {"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "110114"},
            "subtype": [{"system": "http://dicom.nema.org/resources/ontology/DCM", "code": code}],
        }
    elif row["action"] == "export":
        coded = {"type": {"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "110106"}}
    else:
        coded = {
            "type": {"system": "http://terminology.hl7.org/CodeSystem/audit-event-type", "code": "rest"},
            "subtype": [
                {"system": "http://hl7.org/fhir/restful-interaction", "code": _INTERACTIONS.get(row["action"], "read")}
            ],
        }
    entities: list[dict[str, object]] = []
    if row["patient_id"]:
        entities.append({"what": {"reference": f"Patient/{row['patient_id']}"}, "role": {"code": "1"}})
        kind = _RESOURCES.get(row["category"])
        if kind not in {None, "Patient"}:
            entities.append({"what": {"reference": f"{kind}/1"}, "role": {"code": "4"}})
    if row["query_by"]:
        key = {"name": "name", "phone": "telecom", "patient_id": "identifier"}.get(row["query_by"], "birthdate")
        query = base64.b64encode(f"Patient?{key}=x".encode()).decode()
        entities.append({"query": query, "role": {"code": "24"}})
    return {
        "resourceType": "AuditEvent",
        "id": row["event_id"],
        **coded,
        "action": _CODES.get(row["action"], "R"),
        "recorded": row["event_time"],
        "outcome": "0" if row["outcome"] == "success" else "8",
        "agent": [
            {
                "who": {"identifier": {"value": row["user_id"]}},
                "name": row["user_name"],
                "requestor": True,
                "network": {"address": row["client_ip"], "type": "2"},
            }
        ],
        "source": {"observer": {"display": "EMR"}},
        "entity": entities,
    }


def dicom(rows: Iterable[Row]) -> bytes:
    """Return rows as DICOM audit messages, one after the other in a file."""
    return "".join(_audit_message(row) for row in rows).encode()


def _audit_message(row: Row) -> str:
    event, kind = {
        "login": ("110114", "110122"),
        "logout": ("110114", "110123"),
        "search": ("110112", ""),
        "export": ("110106", ""),
    }.get(row["action"], ("110110" if row["category"] == "demographics" else "110103", ""))
    outcome = "0" if row["outcome"] == "success" else "8"
    code = _CODES.get(row["action"], "R")
    typed = f'<EventTypeCode csd-code="{kind}" codeSystemName="DCM" originalText="x"/>' if kind else ""
    patient = row["patient_id"]
    objects = (
        f"<ParticipantObjectIdentification ParticipantObjectID={quoteattr(patient + '^^^&1.2.3&ISO')}"
        ' ParticipantObjectTypeCode="1" ParticipantObjectTypeCodeRole="1"><ParticipantObjectIDTypeCode csd-code="2"'
        ' codeSystemName="RFC-3881" originalText="Patient Number"/></ParticipantObjectIdentification>'
        if patient
        else ""
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<AuditMessage><EventIdentification EventActionCode="{code}"'
        f' EventDateTime="{row["event_time"]}" EventOutcomeIndicator="{outcome}"><EventID csd-code="{event}"'
        f' codeSystemName="DCM" originalText="x"/>{typed}</EventIdentification>'
        f"<ActiveParticipant UserID={quoteattr(row['user_id'])} UserName={quoteattr(row['user_name'])}"
        f' UserIsRequestor="true" NetworkAccessPointID="{row["client_ip"]}" NetworkAccessPointTypeCode="2"/>'
        f'<AuditSourceIdentification AuditSourceID="PACS"/>{objects}</AuditMessage>\n'
    )


def openemr(rows: Iterable[Row]) -> bytes:
    """Return rows as the export of OpenEMR's table `log`."""
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(
        [
            "id",
            "date",
            "event",
            "category",
            "user",
            "groupname",
            "comments",
            "user_notes",
            "patient_id",
            "success",
            "checksum",
            "crt_user",
            "log_from",
            "menu_item_id",
            "ccda_doc_id",
        ]
    )
    suffix = {"view": "select", "search": "select", "create": "insert", "update": "update", "delete": "delete"}
    for row in rows:
        event = row["action"] if row["action"] not in suffix else f"patient-record-{suffix[row['action']]}"
        out.writerow(
            [
                row["event_id"].removeprefix("L").removeprefix("E"),
                f"{local(row):%Y-%m-%d %H:%M:%S}",
                event,
                "Patient Demographics",
                row["user_id"],
                "Default",
                "",
                "",
                row["patient_id"].lstrip("0") or "NULL",
                "1" if row["outcome"] == "success" else "0",
                "NULL",
                "",
                "open-emr",
                "NULL",
                "0",
            ]
        )
    return text.getvalue().encode()


def pgaudit(rows: Iterable[Row]) -> bytes:
    """Return rows as PostgreSQL's csvlog with pgaudit, a direct log-in for each account; times in UTC."""
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    for number, row in enumerate(rows):
        instant = dt.datetime.fromisoformat(row["event_time"]).astimezone(dt.UTC)
        patient = row["patient_id"]
        statement = (
            f"select name, phone from patient_contact where patient_id = '{patient}'"
            if patient
            else "select name from patient_contact order by 1"
        )
        audit = io.StringIO()
        csv.writer(audit, lineterminator="").writerow(
            [
                "SESSION",
                "1",
                "1",
                "READ",
                "SELECT",
                "TABLE",
                "his.patient_contact",
                statement,
                "<none>",
                row["record_count"],
            ]
        )
        session = f"{number:08x}.1"
        line = [
            f"{instant:%Y-%m-%d %H:%M:%S}.{instant.microsecond // 1000:03d} UTC",
            row["user_id"],
            "his",
            str(1000 + number),
            f"{row['client_ip']}:5000",
            session,
            "1",
            "SELECT",
            f"{instant:%Y-%m-%d %H:%M:%S} UTC",
            "3/1",
            "0",
            "LOG",
            "00000",
            f"AUDIT: {audit.getvalue()}",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "psql",
            "client backend",
            "",
            "0",
        ]
        out.writerow(line)
    return text.getvalue().encode()


@dataclass(frozen=True, slots=True)
class System:
    """One system: how it writes, its file, what the configuration says, and what it calls accounts and records."""

    name: str
    file: str
    write: Callable[[Iterable[Row]], bytes]
    config: str = ""
    account: Callable[[str], str] = str
    only: frozenset[str] = frozenset()

    def takes(self, row: Row) -> bool:
        """Return whether the system logs such an event at all."""
        return not self.only or row["action"] in self.only


SYSTEMS: tuple[System, ...] = (
    System("his", "his.csv", delimited),
    System("clinic", "clinic.xls", html_workbook, account=lambda user: user.lower()),
    System("emr", "emr.ndjson", fhir, account=lambda user: f"emr-{user}"),
    System("pacs", "pacs.xml", dicom, account=lambda user: f"P{user}@pacs.example"),
    System("openemr", "openemr.csv", openemr, account=lambda user: f"oe{user}"),
    System(
        "database",
        "postgresql.csv",
        pgaudit,
        '[source.tables]\n"his.patient_contact" = "demographics"\n',
        account=lambda user: f"db_{user}",
        only=frozenset({"view", "search"}),
    ),
)
