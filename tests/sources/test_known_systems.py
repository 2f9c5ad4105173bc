"""Exports of known systems: their headers, and the words in the names of their events."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from detector.sources.aliases import VALUES, canonical_value, value_table
from detector.sources.byte_stream import ByteStream
from detector.sources.canonical_rows import canonical_rows
from detector.sources.formats import formats
from detector.sources.headers import map_header
from detector.sources.known_systems import SYSTEMS, action_of_words, category_of_words, known_system, own_header
from detector.sources.log_format import ReadOptions
from tests.site_folder import Deployment


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("IN BASKET MESSAGE OF ANY TYPE DISPLAYED IN HYPERSPACE", "view"),
        ("AN EXISTING PATIENT IS SELECTED FROM PATIENT LOOKUP", "search"),
        ("VISIT NAVIGATOR TEMPLATE LOADED", "view"),
        ("THE PROBLEM LIST IS VIEWED", "view"),
        ("PEND A NOTE", "update"),
        ("SIGN A NOTE", "update"),
        ("PATIENT DEMOGRAPHICS FORM ACCESSED", "view"),
        ("A REPORT IS PRINTED", "print"),
        ("A REPORT WITH PATIENT DATA IS EXPORTED", "export"),
        ("RELEASE OF INFORMATION REPORT PRINTED", "export"),
        ("BREAK-THE-GLASS FORM IS PRINTED", "break_glass"),
        ("CHART OPENED FOR EDITING", "update"),
        ("PRINT GROUP DISPLAYED", "view"),
        ("SIGNIFICANT EVENTS VIEWED", "view"),
        ("LOGIN", "login"),
        ("LOGOUT", "logout"),
        ("VIEWED_CLINICAL_DASHBOARD", "view"),
        ("VIEWED_REGISTRATION_PATIENT_SEARCH", "search"),
        ("EDIT_ENCOUNTER", "update"),
        ("REGISTER_NEW_PATIENT", "create"),
        ("VIEW_PROVIDERS_QUALITY_PERFORMANCE", "view"),
        ("BLUEPRINT OF A REVIEW", None),
    ],
)
def test_actions_of_words(name: str, action: str | None) -> None:
    assert action_of_words(name) == action


def test_categories_of_words() -> None:
    names = ("PATIENT DEMOGRAPHICS FORM ACCESSED", "VIEWED_RADIOLOGY_RESULTS", "PEND A NOTE", "A REPORT IS PRINTED")
    assert [category_of_words(name) for name in names] == ["demographics", "imaging", "note", None]


def test_values_that_are_known_keep_their_meaning() -> None:
    """Words are for values that no table knows: a system's own table never contradicts the aliases."""
    for system in SYSTEMS:
        assert all(canonical_value("action", name, {}) is None for name in system.values or {})
    assert value_table("action")["登录"] == "login"
    assert "login" in VALUES["action"]


COLUMNS = ("user_id", "patient_id", "action", "category", "reason", "outcome", "workstation", "visit_id")


def understood(
    path: Path, columns: dict[str, str] | None = None, values: dict[str, dict[str, str]] | None = None
) -> list[dict[str, Any]]:
    """Return the canonical rows of a delimited file."""
    with ByteStream(path) as stream:
        reader = formats()["csv"].open(stream, ReadOptions(columns=columns or {}))
        header = reader.layout.header
        mapping = map_header(header, columns or {})
        assert mapping.problem is None
        return [
            row
            for chunk in reader.chunks(tuple(range(len(header))), frozenset())
            for row in canonical_rows(chunk.records, mapping, values or {}, header).table.to_pylist()
        ]


def rows_of(folder: Path, header: str, *rows: str, name: str = "a.csv", **more: Any) -> list[tuple[Any, ...]]:
    path = folder / name
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return [tuple(row[column] for column in COLUMNS) for row in understood(path, **more)]


EPIC = (
    "ACCESS_LOG.ACCESS_TIME|ACCESS_LOG_METRIC.METRIC_NAME|ACCESS_LOG.WORKSTATION_ID|ZC_METRIC_GROUP.NAME|"
    "ZC_ACCESS_ACTION.NAME|PATIENT.PAT_MRN_ID|ACCESS_LOG.CSN|ZC_BTG_REASON.NAME|PAT_BTG_AUDIT.BTG_EXPLANATION|"
    "EMP.SYSTEM_LOGIN|CLARITY_EMP.USER_ID"
)


def test_epic(tmp_path: Path) -> None:
    rows = [
        "2026-05-04 08:00:00.0000000|AN EXISTING PATIENT IS SELECTED FROM PATIENT LOOKUP|L5|Patient Lookup|Query|E10|7|||S5|105",
        "2026-05-04 08:01:00.0000000|PEND A NOTE|L5|Notes||E10||||S5|105",
        "2026-05-04 08:02:00.0000000|A REPORT IS PRINTED|L5|Reports|Export|E10||||S5|105",
        '2026-05-04 08:03:00.0000000|A REPORT IS PRINTED|L5|Reports|Print|E10||Emergency|"he said ""now"""|S5|105',
        "2026-05-04 08:04:00.0000000|SOMETHING UNHEARD OF|L5|Reports||E10||||S5|105",
    ]
    assert rows_of(tmp_path, EPIC, *rows, name="a.txt")[:-1] == [
        ("105", "E10", "search", "list", None, "success", "L5", "7"),
        ("105", "E10", "update", "note", None, "success", "L5", None),
        ("105", "E10", "export", None, None, "success", "L5", None),
        ("105", "E10", "break_glass", None, "Emergency", "success", "L5", None),
    ]
    assert understood(tmp_path / "a.txt")[-1]["problem"] == "unknown action: SOMETHING UNHEARD OF"


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [
        ("UserID,HostName,PatientID,OpenDTTM,CloseDTTM,BreakGlassStartDTTM,BreakGlassReason,BreakType,DeviceUsed",
         "u1,PC1,p1,2026-05-04 08:00:00,2026-05-04 08:05:00,,,,", ("u1", "p1", "view", None, None, "success", "PC1", None)),
        ("UserID,HostName,PatientID,OpenDTTM,CloseDTTM,BreakGlassStartDTTM,BreakGlassReason,BreakType,DeviceUsed",
         "u1,PC1,p1,2026-05-04 08:00:00,,2026-05-04 08:00:01,Emergency,PO,",
         ("u1", "p1", "break_glass", None, "Emergency", "success", "PC1", None)),
        ("Event Date/Time,User Name,Position,Patient Name,MRN,Encounter,Event Type,Event Name,Application,Workstation",
         "2026-05-04 08:00:00,u1,Nurse,DOE JANE,p1,v1,View,Chart Opened,PowerChart,PC1",
         ("u1", "p1", "view", "note", None, "success", "PC1", "v1")),
        ("Event Date/Time,User Name,Position,Patient Name,MRN,Encounter,Event Type,Event Name,Application,Workstation",
         "2026-05-04 08:00:00,u1,Nurse,DOE JANE,p1,v1,CLOUD,VIEW_PROVIDERS_QUALITY_PERFORMANCE,PowerChart,PC1",
         ("u1", "p1", "view", None, None, "success", "PC1", "v1")),
        ("user_id,patient_id,event_type,message,date_created,module,uuid",
         "u1,p1,VIEWED_CLINICAL_DASHBOARD,x,2026-05-04 08:00:00,clinical,1-2",
         ("u1", "p1", "view", "note", None, "success", None, None)),
        ("user_id,patient_id,event_type,message,date_created,module,uuid",
         "u1,,USER_LOGIN_FAILED,x,2026-05-04 08:00:00,login,1-2",
         ("u1", None, "login", None, None, "failure", None, None)),
        ("user_id,patient_id,event_type,message,date_created,module,uuid",
         "u1,p1,OPEN_VISIT,x,2026-05-04 08:00:00,registration,1-2",
         ("u1", "p1", "create", None, None, "success", None, None)),
        ("viewed_by_id,patient_id,facility_id,session_id,logged_at", "u1,p1,f1,s1,2026-05-04 08:00:00",
         ("u1", "p1", "view", None, None, "success", None, None)),
        ("DateTime,UserId,PatientId,Action_,IPAddress,Session_Id,Parameters_", "2026-05-04 08:00:00,u1,p1,Read,10.1.2.3,s1,x",
         ("u1", "p1", "view", None, None, "success", None, None)),
        ("DATE/TIME,USER,DEVICE,JOB,SIGNOFF TIME,IPV4 ADDRESS,WORKSTATION NAME",
         "2026-05-04 08:00:00,u1,d,1,,10.1.2.3,PC1", ("u1", None, "login", None, None, "success", "PC1", None)),
    ],
)  # fmt: skip
def test_other_systems(tmp_path: Path, header: str, row: str, expected: tuple[Any, ...]) -> None:
    assert rows_of(tmp_path, header, row) == [expected]


def test_what_the_file_says_itself_is_kept(tmp_path: Path) -> None:
    header = "Event Date/Time,User Name,MRN,Event Type,Event Name,Status,Record Category"
    rows = [f"2026-05-04 08:00:00,u1,p1,View,Chart Opened,{status},billing" for status in ("Success", "Denied")]
    assert [one[2:6] for one in rows_of(tmp_path, header, *rows)] == [
        ("view", "billing", None, "success"), ("view", "billing", None, "failure"),
    ]  # fmt: skip


def test_a_site_that_maps_the_action_itself(tmp_path: Path) -> None:
    row = "2026-05-04 08:01:00|PEND A NOTE|L5|Notes||E10||||S5|105"
    [found] = rows_of(
        tmp_path, EPIC, row, columns={"action": "ZC_METRIC_GROUP.NAME"}, values={"action": {"Notes": "create"}}
    )
    assert found[2] == "create"


def test_a_growing_file(tmp_path: Path) -> None:
    site = Deployment(tmp_path, source='name = "x"\nformat = "csv"\npath = "logs/*"\n')
    row = "2026-05-04 08:0{}:00|PEND A NOTE|L5|Notes||E10||||S5|105"
    for count in (1, 2):
        site.write("a.csv", *(row.format(number) for number in range(count)), header=EPIC)
        site.load()
    assert site.query("select action, category from events") == [("update", "note")] * 2
    assert site.counts()[-1][1:] == (2, 2, 0, 0)


def test_headers_as_the_file_has_them() -> None:
    header = tuple(EPIC.split("|"))
    shown = (*header, "action", "category", "outcome")
    assert own_header(ReadOptions(header=shown)).header == header
    assert own_header(ReadOptions(header=header)).header == header
    assert own_header(ReadOptions()).header is None
    assert known_system(("操作时间", "工号", "操作类型")) is None
