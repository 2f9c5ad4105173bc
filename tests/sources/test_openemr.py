"""OpenEMR's log, by its rows and by its files; the expected values are those of the mapping, not of the code."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest

from detector.sources.byte_stream import ByteStream
from detector.sources.formats import formats, recognised
from detector.sources.log_format import CHANGED, ReadOptions
from detector.sources.openemr_rows import has_wrong_checksum, openemr_record, plain_comments
from detector.sources.record_reader import CANONICAL
from tests.site_folder import Deployment


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def row(event: str, comments: str = "", **more: str | None) -> dict[str, str | None]:
    return {
        "id": "7", "date": "2026-05-04 08:00:00", "event": event, "category": "Other", "user": "dr_li",
        "groupname": "Default", "comments": encoded(comments) if comments else "", "user_notes": "", "patient_id": None,
        "success": "1", "checksum": None, "crt_user": "", "log_from": "open-emr", "menu_item_id": None,
        "ccda_doc_id": "0",
    } | more  # fmt: skip


@pytest.mark.parametrize(
    ("event", "more", "action"),
    [
        ("patient-record-select", {}, "view"), ("patient-record-insert", {}, "create"),
        ("patient-record-update", {}, "update"), ("order-replace", {}, "update"), ("order-delete", {}, "delete"),
        ("http-request-select", {}, "view"), ("http-request-update", {}, "update"),
        ("login", {}, "login"), ("logout", {}, "logout"), ("auth", {}, "login"), ("view", {}, "view"),
        ("print", {}, "print"), ("disclosures", {}, "export"), ("export", {}, "export"), ("backup", {}, "export"),
        ("patient-search", {}, "search"), ("delete", {}, "delete"), ("something-new", {}, "other"),
        ("api", {"method": "GET", "request_url": "/fhir/Patient/5"}, "view"),
        ("api", {"method": "GET", "request_url": encoded("/fhir/Patient?name=王")}, "search"),
        ("api", {"method": "GET", "request_url": "/fhir/Patient/5?_format=json"}, "view"),
        ("api", {"method": "POST"}, "create"), ("api", {"method": "PUT"}, "update"),
        ("api", {"method": "DELETE"}, "delete"),
    ],
)  # fmt: skip
def test_actions(event: str, more: dict[str, str], action: str) -> None:
    assert openemr_record(row(event, **more))["action"] == action


@pytest.mark.parametrize(
    ("event", "comments", "said", "category"),
    [
        ("patient-record-select", "SELECT * FROM patient_data WHERE pid = ? ('37',)", "Other", "demographics"),
        ("patient-record-select", "SELECT * FROM form_encounter WHERE pid = ? ('37',)", "Other", "note"),
        ("patient-record-select", "", "Patient Demographics", "demographics"),
        ("patient-record-select", "", "Problem List", "note"),
        ("order-select", "SELECT * FROM prescriptions", "Other", "medication"),
        ("lab-order-select", "", "Lab Order", "order"), ("lab-results-select", "", "Lab Result", "result"),
        ("scheduling-update", "", "Scheduling", "list"), ("security-administration-insert", "", "Security", "other"),
        ("login", "success: 10.1.2.3", "login", None),
    ],
)  # fmt: skip
def test_categories(event: str, comments: str, said: str, category: str | None) -> None:
    assert openemr_record(row(event, comments, category=said))["category"] == category


@pytest.mark.parametrize(
    ("comments", "stored", "patient"),
    [
        ("SELECT * FROM prescriptions WHERE patient_id = ? AND active = ? ('37','1',)", "0", "37"),
        ("SELECT * FROM openemr_postcalendar_events AS p WHERE p.pc_pid = ? ('12',)", None, "12"),
        ("UPDATE prescriptions SET drug = ? WHERE patient_id = ? ('a','b','12',)", "0", None),
        ("SELECT * FROM prescriptions WHERE patient_id = '41'", "0", "41"),
        ("SELECT * FROM prescriptions WHERE patient_id = ? ('37',)", "9", "9"),
        ("SELECT * FROM users WHERE id = ? ('37',)", "0", None),
        ("INSERT INTO prescriptions (patient_id, drug) VALUES (?, ?) ('37','x',)", "0", "37"),
    ],
)
def test_patients(comments: str, stored: str | None, patient: str | None) -> None:
    assert openemr_record(row("order-select", comments, patient_id=stored))["patient_id"] == patient


@pytest.mark.parametrize(
    ("comments", "address"),
    [
        ("success: 10.1.2.3", "10.1.2.3"), ("failure: 203.0.113.9. user password incorrect", "203.0.113.9"),
        ("success: 10.1.2.3 (192.0.2.9)", "10.1.2.3"), ("failure: 2001:db8::1. no such user", "2001:db8::1"),
        ("success: proxy", None), ("a note", None),
    ],
)  # fmt: skip
def test_addresses_of_log_ins(comments: str, address: str | None) -> None:
    assert openemr_record(row("login", comments))["client_ip"] == address


def test_comments_that_are_no_base64() -> None:
    for text in ("SELECT 1", "success", "login123", "auth", "\xe9\xe8", "a" * 9):
        assert plain_comments(row("x", comments=None) | {"comments": text}) == text
    assert plain_comments(row("x") | {"comments": "006xyz==", "encrypt": "Yes"}) is None
    assert openemr_record(row("login") | {"comments": "006xyz==", "encrypt": "Yes"})["action"] == "login"


def test_accounts_and_outcomes() -> None:
    assert openemr_record(row("login", user="", success="0")) | {"event_id": None} == {
        "event_id": None, "event_time": "2026-05-04 08:00:00", "user_id": None, "user_department": "Default",
        "patient_id": None, "action": "login", "category": None, "query_by": None, "client_ip": None,
        "application": "open-emr", "outcome": "failure",
    }  # fmt: skip


def checksum(one: dict[str, str | None]) -> str:
    names = ("date", "event", "category", "user", "groupname", "comments", "user_notes", "patient_id", "success",
             "crt_user", "log_from", "menu_item_id", "ccda_doc_id")  # fmt: skip
    return hashlib.sha3_512("".join(one[name] or "" for name in names).encode()).hexdigest()


def test_checksums() -> None:
    one = row("patient-record-select", "SELECT 1", patient_id="37")
    assert not has_wrong_checksum(one, checksum(one))
    assert not has_wrong_checksum(one | {"menu_item_id": "0", "ccda_doc_id": None}, checksum(one | {"ccda_doc_id": ""}))
    assert has_wrong_checksum(one | {"patient_id": "38"}, checksum(one))
    assert has_wrong_checksum(one | {"user": "dr_wu"}, checksum(one).upper())
    assert not has_wrong_checksum(one | {"user": "dr_wu", "encrypt": "Yes"}, checksum(one))
    assert not has_wrong_checksum(one, None)
    assert not has_wrong_checksum(one, "da39a3ee5e6b4b0d3255bfef95601890afd80709")


Read = tuple[list[dict[str, Any]], int, str | None]


def read(path: Path) -> Read:
    """Return the records of a file, how many entries are none, and what is wrong with it."""
    log_format = recognised(path.read_bytes()[: 64 << 10], path)
    assert log_format is formats()["openemr"]
    records: list[dict[str, Any]] = []
    skipped = 0
    with ByteStream(path) as stream:
        for chunk in log_format.open(stream, ReadOptions()).chunks(tuple(range(len(CANONICAL))), frozenset({7})):
            records += [
                {name: one[f"c{index}"] for index, name in enumerate(CANONICAL)} for one in chunk.records.to_pylist()
            ]
            skipped += chunk.skipped
        return records, skipped, stream.problem


def quoted(value: str | None) -> str:
    return "NULL" if value is None else "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def dump(rows: list[dict[str, str | None]], *, change: dict[str, str] | None = None, without: str = "") -> str:
    """Return a dump of the three tables; ``change`` alters the first row after its checksum was made."""
    kept = [dict(one) for one in rows]
    sums = [
        f"({number},{one['id']},'{'Yes' if one['id'] == '9' else 'No'}','{checksum(one)}','','4')"
        for number, one in enumerate(rows, 1)
    ]
    kept[0] |= change or {}
    values = ",\n".join(
        "(" + ",".join(quoted(one[name]) for name in one) + ")" for one in kept if one["id"] != without
    )  # fmt: skip
    columns = "".join(f"  `{name}` text,\n" for name in rows[0])
    return (
        f"-- MySQL dump\n/*!40101 SET NAMES utf8mb4 */;\nCREATE TABLE `users` (`id` int);\n"
        "INSERT INTO `users` VALUES (1),(2);\nINSERT INTO `api_log` VALUES (1,8,3,25,'10.1.2.9','GET','fhir',"
        "'/fhir/Patient?name=x','','it''s; (\\'a\\')','2026-05-04');\n"
        f"CREATE TABLE `log` (\n{columns}  PRIMARY KEY (`id`)\n);\nLOCK TABLES `log` WRITE;\n"
        f"INSERT INTO `log` VALUES {values};\nUNLOCK TABLES;\n"
        f"INSERT INTO `log_comment_encrypt` VALUES {','.join(sums)};\n"
    )


ROWS = [
    row("patient-record-select", "SELECT * FROM patient_data WHERE pid = ? ('37',)", id="7", patient_id="37"),
    row("api", "api success", id="8", patient_id="25"),
    row("order-select", id="9") | {"comments": "006encrypted;'=="},
    row("logout", id="10"),
]


def test_a_dump(tmp_path: Path) -> None:
    path = tmp_path / "openemr.sql"
    path.write_text(dump(ROWS), encoding="utf-8")
    records, skipped, problem = read(path)
    assert [(one["event_id"], one["action"], one["patient_id"], one["client_ip"]) for one in records] == [
        ("7", "view", "37", None), ("8", "search", "25", "10.1.2.9"), ("9", "view", None, None),
        ("10", "logout", None, None),
    ]  # fmt: skip
    assert records[1]["query_by"] == "name"
    assert (skipped, problem) == (8, None)


def test_a_row_that_was_changed_and_one_that_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "openemr.sql"
    path.write_text(dump(ROWS, change={"patient_id": "38"}), encoding="utf-8")
    assert (read(path)[2] or "").endswith("1 rows do not match their checksums, the first with id 7")
    assert [one["reason"] for one in read(path)[0]] == [CHANGED, None, None, None]
    path.write_text(dump(ROWS, without="8"), encoding="utf-8")
    assert (read(path)[2] or "").endswith("of 1 rows only the checksums are left")


@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_an_export(tmp_path: Path, delimiter: str) -> None:
    names = [*ROWS[0], "encrypt", "checksum", "ip_address", "method", "request_url"]
    lines = [delimiter.join(names)]
    for one in ROWS:
        joined = one | {"encrypt": "Yes" if one["id"] == "9" else "No", "ip_address": None, "method": None, "url": None}
        values = [*list(joined.values())[:16], checksum(one), "", "GET" if one["id"] == "8" else "", "/Patient/25"]
        lines.append(delimiter.join("NULL" if value is None else value for value in values))
    path = tmp_path / "log.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    records, _, problem = read(path)
    assert [(one["event_id"], one["action"], one["patient_id"]) for one in records] == [
        ("7", "view", "37"), ("8", "view", "25"), ("9", "view", None), ("10", "logout", None),
    ]  # fmt: skip
    assert problem is None
    path.write_text("\n".join(lines).replace("dr_li", "dr_wu") + "\n", encoding="utf-8")
    assert "3 rows do not match" in (read(path)[2] or "")


def test_who_types_a_verdict_changes_no_log(tmp_path: Path) -> None:
    """A reason in any other log is what a person wrote: it never says that the log was changed."""
    site = Deployment(tmp_path)
    header = "event_id,event_time,user_id,patient_id,action,reason"
    site.write(
        "a.csv",
        f"1,2026-06-01 08:00:00,n1,p1,break_glass,{CHANGED}",
        "2,2026-06-01 08:01:00,n1,p1,view,",
        header=header,
    )
    site.load()
    assert site.query("select reason from events order by event_id") == [(f"“{CHANGED}”",), (None,)]


@pytest.mark.heavy
def test_an_export_without_one_of_its_columns_is_known(tmp_path: Path) -> None:
    """What the checksum was made of is not all there then: no row is called changed for that."""
    whole = row("patient-record-select", "SELECT 1", patient_id="37")
    checksum = hashlib.sha3_512("".join(whole[name] or "" for name in HASHED).encode()).hexdigest()
    for left_out in [None, *whole]:
        names = [name for name in whole if name not in {left_out, "checksum"}]
        values = ",".join(whole[name] or "" for name in names)
        (tmp_path / str(left_out)).mkdir()
        site = Deployment(tmp_path / str(left_out), source='name = "emr"\npath = "logs/*"\n')
        site.write("a.csv", f"{values},{checksum}", header=",".join([*names, "checksum"]))
        site.load()
        if left_out in {"date", "event", "user"}:
            assert site.query("select format from files") == [("csv",)]
            continue
        assert site.query("select format, accepted, problem from files") == [("openemr", 1, None)], left_out
        assert site.query("select reason from events") == [(None,)], left_out


HASHED = ("date", "event", "category", "user", "groupname", "comments", "user_notes", "patient_id", "success", "crt_user",
          "log_from", "menu_item_id", "ccda_doc_id")  # fmt: skip
