"""Database logs of each layout, read as the mapping of their products demands."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from detector.sources.byte_stream import ByteStream
from detector.sources.formats import formats, recognised
from detector.sources.log_format import ReadOptions
from detector.sources.mysql_lines import audit_line
from detector.sources.oracle_rows import bind_values
from detector.sources.postgres_lines import plain_time, text_line, without_port
from detector.sources.record_reader import CANONICAL

Read = tuple[list[dict[str, Any]], int, int, list[str]]
TABLES = {"patient": "demographics", "drug_order": "medication"}
SESSION = "6b04f2f6.3c23"


def read(path: Path, *, session_user: tuple[str, ...] = ()) -> Read:
    """Return a log's records, its repeats, its skipped entries and why records were rejected."""
    log_format = recognised(path.read_bytes()[: 64 << 10], path)
    assert log_format is formats()["db-audit"]
    records: list[dict[str, Any]] = []
    repeats = skipped = rows = 0
    rejected: list[str] = []
    columns = tuple(range(len(CANONICAL)))
    with ByteStream(path) as stream:
        options = ReadOptions(session_user=session_user, tables=TABLES)
        for chunk in log_format.open(stream, options).chunks(columns, frozenset({7})):
            records += [
                {name: row[f"c{index}"] for index, name in enumerate(CANONICAL)} | {"raw": row["raw"]}
                for row in chunk.records.to_pylist()
            ]
            repeats, skipped, rows = repeats + chunk.repeats, skipped + chunk.skipped, rows + chunk.rows
            rejected += [one.reason for one in chunk.rejected]
    assert rows == len(records) + repeats + len(rejected)
    return records, repeats, skipped, rejected


def put(folder: Path, text: str, name: str = "a.log") -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


def told(records: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(record[name] for name in names) for record in records]


def audit(statement_id: int, sql: str, *, part: int = 1, rows: str = "", parameters: str = "<none>", kind: str = "READ",
          command: str = "SELECT", objects: str = ",") -> str:  # fmt: skip
    """Return a message of pgaudit."""
    text = io.StringIO()
    fields = ["SESSION", str(statement_id), str(part), kind, command, *objects.split(","), sql, parameters]
    csv.writer(text, lineterminator="").writerow([*fields, rows] if rows else fields)
    return f"AUDIT: {text.getvalue()}"


def csvlog(*messages: str, user: str = "his_app", host: str = "10.1.2.3:43518", application: str = "HIS") -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for number, message in enumerate(messages, 1):
        writer.writerow([
            "2026-11-24 10:14:14.888 CST", user, "his", "15395", host, SESSION, number, "SELECT",
            "2026-11-24 10:14:14 CST", "3/75", 0, "LOG", "00000", message, *[""] * 8, application, "client backend", "",
            0,
        ])  # fmt: skip
    return text.getvalue()


VIEW = "select name, phone from patient where patient_id='M7'"


def test_csvlog(tmp_path: Path) -> None:
    log = csvlog(
        "connection received: host=10.1.2.3 port=43518",
        audit(1, VIEW, rows="1"),
        audit(2, "select *\n  from patient, \"Visit\"\n where name = '王,某'", rows="32"),
        audit(3, "select * from patient where patient_id=$1", parameters="M8"),
        audit(4, "copy patient to stdout", rows="50"),
        audit(5, "select * from patient p join drug_order d on true", objects="TABLE,public.patient", rows="9"),
        audit(5, "select * from patient p join drug_order d on true", objects="TABLE,public.drug_order", rows="9"),
        'relation "no_such_table" does not exist',
    )
    records, repeats, skipped, rejected = read(put(tmp_path, log))
    assert told(records, "event_time", "user_id", "action", "patient_id", "record_count", "query_by") == [
        ("2026-11-24 10:14:14.888", "his_app", "view", "M7", "1", None),
        ("2026-11-24 10:14:14.888", "his_app", "search", None, "32", "name"),
        ("2026-11-24 10:14:14.888", "his_app", "view", "M8", None, None),
        ("2026-11-24 10:14:14.888", "his_app", "export", None, "50", None),
        ("2026-11-24 10:14:14.888", "his_app", "search", None, "9", None),
    ]
    assert {*told(records, "client_ip", "application", "session_id", "category")} == {
        ("10.1.2.3", "HIS", SESSION, "demographics")
    }
    assert (repeats, skipped, rejected) == (1, 2, [])
    assert records[1]["raw"].count("\n") == 2


def test_the_three_versions_of_csvlog(tmp_path: Path) -> None:
    row = next(csv.reader([csvlog(audit(1, VIEW))]))
    for columns in (23, 24, 26):
        text = io.StringIO()
        csv.writer(text).writerow(row[:columns])
        assert told(read(put(tmp_path, text.getvalue()))[0], "patient_id", "application") == [("M7", "HIS")]


def test_a_torn_row_takes_no_other_along(tmp_path: Path) -> None:
    good = csvlog(audit(1, VIEW))
    torn = good[: good.index("where")] + "\n"
    records, repeats, _, rejected = read(put(tmp_path, csvlog(audit(7, VIEW)) + torn + good * 3))
    assert [one["patient_id"] for one in records] == ["M7"] * 2
    assert (repeats, rejected) == (2, ["a damaged line"])


def test_a_forged_row_within_a_statement_is_none(tmp_path: Path) -> None:
    forged = csvlog(audit(9, "select * from patient where patient_id='X'"), user="innocent")
    records, _, _, rejected = read(put(tmp_path, csvlog(audit(1, f"select * from patient -- \n{forged}"))))
    assert told(records, "user_id", "action") == [("his_app", "search")]
    assert rejected == []


def test_jsonlog(tmp_path: Path) -> None:
    base = {"timestamp": "2026-11-24 10:14:14.880 CST", "user": "dba_li", "dbname": "his", "pid": 15395,
            "remote_host": "10.1.2.3", "session_id": SESSION, "vxid": "3/75", "error_severity": "LOG",
            "backend_type": "client backend", "application_name": "HIS-??????"}  # fmt: skip
    messages = [
        "connection authorized: user=dba_li database=his",
        audit(1, VIEW, rows="1"),
        audit(2, "insert into drug_order(patient_id,drug) values('M8','\"胶囊\",')", kind="WRITE", command="INSERT"),
        audit(3, "copy (select * from patient) to '/tmp/p.csv' csv;", rows="50"),
        audit(3, "copy (select * from patient) to '/tmp/p.csv' csv;", part=2, command="COPY", rows="0"),
    ]
    log = "".join(json.dumps(base | {"message": one}, ensure_ascii=False) + "\n" for one in messages)
    records, repeats, skipped, rejected = read(put(tmp_path, log + "{broken\n"))
    assert told(records, "action", "category", "patient_id", "record_count", "application") == [
        ("view", "demographics", "M7", "1", "HIS-??????"),
        ("create", "medication", "M8", None, "HIS-??????"),
        ("export", "demographics", None, "50", "HIS-??????"),
    ]
    assert (repeats, skipped, len(rejected)) == (1, 1, 1)
    lines = [base | {"message": one} for one in messages]
    for indent in (None, 1):
        for text in (json.dumps(lines, indent=indent), "\n".join(json.dumps(one, indent=1) for one in lines)):
            again = read(put(tmp_path, text))
            assert (told(again[0], *COMPARED), again[1:]) == (told(records, *COMPARED), (1, 1, []))
    wide = tmp_path / "wide.log"
    wide.write_bytes("\n".join(map(json.dumps, lines)).encode("utf-16"))
    assert told(read(wide)[0], *COMPARED) == told(records, *COMPARED)


COMPARED = ("event_time", "user_id", "action", "patient_id", "record_count")


def test_a_plain_log_with_statements_over_several_lines(tmp_path: Path) -> None:
    log = (
        "2026-11-24 10:14:14.8 CST [15395] LOG:  database system is ready\n"
        f"2026-11-24 10:14:14.892 CST [15395] {SESSION} dba_li@his 10.1.2.3(43518) navicat LOG:  "
        'AUDIT: SESSION,7,1,READ,SELECT,,,"select doctor_id, sum(qty)\n'
        '\t  from drug_order\n\t group by doctor_id -- 统方\n\t;",<none>,12\n'
        f"2026-11-24 10:14:15.001 CST [15395] {SESSION} dba_li@his 10.1.2.3(43518) navicat ERROR:  no such table\n"
    )
    records, _, skipped, _ = read(put(tmp_path, log))
    assert told(records, "event_time", "user_id", "action", "category", "record_count", "client_ip") == [
        ("2026-11-24 10:14:14.892", "dba_li", "search", "medication", "12", "10.1.2.3")
    ]
    assert skipped == 2
    assert records[0]["raw"].count("\n") == 3


def test_a_prefix_of_names_and_values() -> None:
    line = text_line(
        "2026-11-24 10:14:14 CST [15395]: [3-1] user=his_app,db=his,app=HIS-opd,client=10.1.2.3 "
        f"LOG:  {audit(1, VIEW)}\n"
    )
    assert line is not None
    assert (line.account, line.database, line.application, line.host) == ("his_app", "his", "HIS-opd", "10.1.2.3")


@pytest.mark.parametrize(
    ("prefix", "application", "host"),
    [
        ("2026-11-24 02:14:14 UTC:10.1.2.3(43518):his_app@his:[15395]:", None, "10.1.2.3"),
        ("2026-11-24 10:14:14.880 CST [15395] his_app@his/HIS-opd ", "HIS-opd", None),
        ("2026-11-24 10:14:14 CST [15395]: u=his_app,d=his,a=HIS-opd,h=pc-7 ", "HIS-opd", "pc-7"),
    ],
)
def test_prefixes(prefix: str, application: str | None, host: str | None) -> None:
    line = text_line(f"{prefix}LOG:  {audit(1, VIEW)}\n")
    assert line is not None
    assert (line.account, line.database, line.application, line.host) == ("his_app", "his", application, host)


def test_a_log_whose_beginning_is_torn(tmp_path: Path) -> None:
    record = {"timestamp": "2026-11-24 10:14:14 CST", "user": "u", "pid": 1, "session_id": SESSION, "message": ""}
    line = json.dumps(record | {"backend_type": "client backend", "message": audit(1, VIEW)})
    assert told(read(put(tmp_path, f'sion_id":"1"}}\n{line}\n'))[0], "patient_id") == [("M7",)]
    assert told(read(put(tmp_path, f"where a = 1,\n{csvlog(audit(1, VIEW))}"))[0], "patient_id") == [("M7",)]


@pytest.mark.parametrize("joined", [True, False])
def test_pgauditlogtofile(tmp_path: Path, joined: bool) -> None:
    """Newer versions quote as JSON and write statement and parameters as one field."""
    fields = ["2026-11-24 10:14:14.888 CST", "his_app", "his", "15395", "10.1.2.3:43518", SESSION, "SELECT", "3/75", "0",
              "00000", "SESSION", "1", "1", "READ", "SELECT", "", ""]  # fmt: skip
    sql = "select name, phone\n from patient where patient_id='M\"7'"
    if joined:
        rest = [audit(1, sql, rows="1").split("SELECT,,,")[1], *[""] * 8, "HIS"]
        log = ",".join(json.dumps(one, ensure_ascii=False) if one else "" for one in [*fields, *rest]) + "\n"
    else:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerow(
            [*fields, sql.replace("\n", ""), "<none>", "1", *[""] * 8, "HIS"]
        )
        log = text.getvalue()
    records = read(put(tmp_path, log * 2))
    assert told(records[0], "user_id", "action", "patient_id", "record_count", "client_ip", "application") == [
        ("his_app", "view", 'M"7', "1", "10.1.2.3", "HIS")
    ]
    assert records[1] == 1


def test_the_person_whom_the_application_names(tmp_path: Path) -> None:
    log = csvlog(audit(1, "SET app.current_user = 'n01'", kind="MISC", command="SET"), audit(2, VIEW))
    assert told(read(put(tmp_path, log), session_user=("app.current_user",))[0], "user_id", "action") == [
        ("n01", "other"), ("n01", "view"),
    ]  # fmt: skip
    assert told(read(put(tmp_path, log))[0], "user_id") == [("his_app",)] * 2


GENERAL_HEADER = (
    "/usr/sbin/mariadbd, Version: 10.11.19-MariaDB (Debian 12). started with:\n"
    "Tcp port: 3306  Unix socket: /run/mysqld/mysqld.sock\nTime\t\t    Id Command\tArgument\n"
)


def test_the_general_log(tmp_path: Path) -> None:
    log = (
        GENERAL_HEADER
        + "261124  2:12:56\t     8 Connect\this@10.1.2.3 on his using TCP/IP\n"
        + "\t\t     9 Connect\tother@PC-7 on his using TCP/IP\n"
        + "\t\t     8 Query\tselect name from patient where patient_id='M7'\n"
        + "261124  2:13:01\t     8 Query\tselect doctor_id, drug\n from drug_order\nwhere name = 'it''s'\n"
        + GENERAL_HEADER
        + "\t\t     9 Query\tselect * from patient into outfile '/tmp/zz.csv'\n"
        + "\t\t     9 Prepare\tselect * from patient where patient_id = ?\n"
        + "\t\t     9 Execute\tselect * from patient where patient_id = 'M8'\n"
        + "\t\t     8 Quit\t\n"
        + "\t\t    10 Connect\this@localhost on his using Socket\n"
        + "\t\t    10 Connect\tAccess denied for user 'his'@'localhost' (using password: YES)\n"
        + "\t\t    11 Query\tselect 1 from patient\n"
    )
    records, repeats, skipped, _ = read(put(tmp_path, log))
    assert told(records, "event_time", "user_id", "action", "patient_id", "client_ip", "outcome") == [
        ("2026-11-24 02:12:56", "his", "login", None, "10.1.2.3", "success"),
        ("2026-11-24 02:12:56", "other", "login", None, None, "success"),
        ("2026-11-24 02:12:56", "his", "view", "M7", "10.1.2.3", "success"),
        ("2026-11-24 02:13:01", "his", "search", None, "10.1.2.3", "success"),
        ("2026-11-24 02:13:01", "other", "export", None, None, "success"),
        ("2026-11-24 02:13:01", "other", "other", None, None, "success"),
        ("2026-11-24 02:13:01", "other", "view", "M8", None, "success"),
        ("2026-11-24 02:13:01", "his", "logout", None, "10.1.2.3", "success"),
        ("2026-11-24 02:13:01", "his", "login", None, None, "failure"),
        ("2026-11-24 02:13:01", None, "search", None, None, "success"),
    ]
    assert (repeats, skipped) == (1, 6)
    assert records[1]["workstation"] == "PC-7"


def test_the_general_log_of_mysql_8(tmp_path: Path) -> None:
    log = (
        "/usr/sbin/mysqld, Version: 8.0.36 (MySQL Community Server - GPL). started with:\n"
        "Tcp port: 3306  Unix socket: /var/run/mysqld/mysqld.sock\nTime                 Id Command    Argument\n"
        "2026-11-24T02:12:56.123456Z\t    8 Connect\this@10.1.2.3 on his using TCP/IP\n"
        "2026-11-24T02:12:57.000001Z\t    8 Query\tselect name from patient where patient_id='M7'\n"
    )
    assert told(read(put(tmp_path, log))[0], "event_time", "user_id", "action") == [
        ("2026-11-24T02:12:56.123456Z", "his", "login"), ("2026-11-24T02:12:57.000001Z", "his", "view"),
    ]  # fmt: skip


def test_the_audit_plugin(tmp_path: Path) -> None:
    log = (
        "20261124 02:12:55,db1,his,10.1.2.3,8,0,CONNECT,his,,0\n"
        "20261124 02:12:56,db1,his,10.1.2.3,8,101,READ,his,patient,\n"
        "20261124 02:12:56,db1,his,10.1.2.3,8,101,READ,his,drug_order,\n"
        r"20261124 02:12:56,db1,his,10.1.2.3,8,101,QUERY,his,'select *\nfrom patient where patient_id=\'M7\'',0" "\n"
        r"20261124 02:12:57,db1,his,10.1.2.3,8,102,QUERY,his,'select * from patient into outfile \'/x\'',0" "\n"
        "20261124 02:12:57,db1,his,10.1.2.3,8,103,QUERY,his,'select * from patients',1146\n"
        "20261124 02:12:58,db1,his,PC-7,9,0,FAILED_CONNECT,,,1045\n"
        "20261124 02:12:59,db1,his,10.1.2.3,8,0,DISCONNECT,his,,0\n"
    )  # fmt: skip
    records, repeats, _, _ = read(put(tmp_path, log))
    assert told(records, "event_time", "user_id", "action", "patient_id", "outcome") == [
        ("2026-11-24 02:12:55", "his", "login", None, "success"),
        ("2026-11-24 02:12:56", "his", "view", "M7", "success"),
        ("2026-11-24 02:12:57", "his", "export", None, "success"),
        ("2026-11-24 02:12:57", "his", "search", None, "failure"),
        ("2026-11-24 02:12:58", "his", "login", None, "failure"),
        ("2026-11-24 02:12:59", "his", "logout", None, "success"),
    ]
    assert repeats == 2


def test_the_audit_plugin_without_statements(tmp_path: Path) -> None:
    log = (
        "20261124 02:12:56,db1,his,10.1.2.3,8,101,READ,his,patient,\n"
        "20261124 02:12:56,db1,his,10.1.2.3,8,101,READ,his,visit,\n"
    )
    records, repeats, _, _ = read(put(tmp_path, log))
    assert told(records, "action", "category") == [("search", "demographics")]
    assert repeats == 1


def test_times_of_the_audit_plugin() -> None:
    line = audit_line("1763950376123456,db1,his,10.1.2.3,8,1,QUERY,his,'select 1',0")
    assert line is not None
    assert line.time == "2025-11-24 02:12:56.123456+00:00"


ORACLE = (
    "EVENT_TIMESTAMP,DBUSERNAME,OS_USERNAME,USERHOST,TERMINAL,CLIENT_PROGRAM_NAME,ACTION_NAME,OBJECT_SCHEMA,OBJECT_NAME,"
    "SQL_TEXT,SQL_BINDS,RETURN_CODE,CLIENT_IDENTIFIER,SESSIONID,STATEMENT_ID,ENTRY_ID,AUDIT_TYPE\n"
)


def test_oracles_unified_audit_trail(tmp_path: Path) -> None:
    log = ORACLE + (
        "2026-05-04 08:00:00.1,HIS_APP,his,WG\\PC-1,PC-1,HIS.exe,SELECT,HIS,PATIENT,"
        '"select * from his.patient\n where patient_id = :1", #1(2):M7,0,n01,77,1,1,Standard\n'
        "2026-05-04 08:00:01.1,HIS_APP,his,10.1.2.3,PC-1,HIS.exe,SELECT,HIS,PATIENT,"
        "select * from patient p join drug_order d on 1=1,,0,,77,2,2,Standard\n"
        "2026-05-04 08:00:01.1,HIS_APP,his,10.1.2.3,PC-1,HIS.exe,SELECT,HIS,DRUG_ORDER,"
        "select * from patient p join drug_order d on 1=1,,0,,77,2,3,Standard\n"
        "2026-05-04 08:00:02,SYSTEM,o,PC-2,,plsqldev.exe,SELECT,HIS,PATIENT,,,942,,78,1,1,Standard\n"
        "2026-05-04 08:00:03,SYSTEM,o,db1,,expdp@db1 (TNS V1-V3),EXPORT,HIS,PATIENT,,,0,,79,1,1,Datapump\n"
        "2026-05-04 08:00:04,SYSTEM,o,PC-2,,plsqldev.exe,LOGON,,,,,1017,,80,1,1,Standard\n"
        "2026-05-04 08:00:05,SYSTEM,o,PC-2,,plsqldev.exe,ALTER SESSION,,,,,0,,80,2,2,Standard\n"
    )
    records, repeats, _, _ = read(put(tmp_path, log, "a.csv"))
    assert told(records, "user_id", "action", "patient_id", "application", "outcome", "category") == [
        ("n01", "view", "M7", "HIS.exe", "success", "demographics"),
        ("HIS_APP", "search", None, "HIS.exe", "success", "demographics"),
        ("SYSTEM", "search", None, "plsqldev.exe", "failure", "demographics"),
        ("SYSTEM", "export", None, "expdp@db1 (TNS V1-V3)", "success", "demographics"),
        ("SYSTEM", "login", None, "plsqldev.exe", "failure", None),
        ("SYSTEM", "other", None, "plsqldev.exe", "success", None),
    ]
    assert [(one["client_ip"], one["workstation"]) for one in records[:2]] == [(None, "WG\\PC-1"), ("10.1.2.3", None)]
    assert repeats == 1


def test_bind_values() -> None:
    assert bind_values(" #1(9):M00000007 #2(3):a b #3(0):") == ("M00000007", "a b", None)
    assert bind_values("") == ()


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("2026-11-24 10:14:14.880 CST", "2026-11-24 10:14:14.880"),
        ("2026-11-24 10:14:14 UTC", "2026-11-24 10:14:14+00:00"),
        ("2026-11-24 10:14:14+08", "2026-11-24 10:14:14+08"),
    ],
)
def test_an_abbreviation_of_a_zone_means_several(text: str, plain: str) -> None:
    assert plain_time(text) == plain


def test_ports_are_no_part_of_a_host() -> None:
    assert [without_port(one) for one in ("10.1.2.3:43518", "fe80::1:43518", "[local]", "pc", None)] == [
        "10.1.2.3", "fe80::1", "[local]", "pc", None,
    ]  # fmt: skip
