"""Every format against its rules: schema, field list, strict parsers, a published builder, and back again."""

from __future__ import annotations

import json
import random
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from cefevent import CEFEvent
from hypothesis import given
from hypothesis import strategies as st
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

from detector.detection.patterns import patterns
from detector.export.formats import cef, ecs, formats, leef, ocsf
from detector.export.notice import Notice, shorter
from detector.texts.untrusted import UNSAFE
from tests.export import notices
from tests.export.parsers import parse_cef, parse_leef

ECS_FIELDS: dict[str, Any] = json.loads((Path(__file__).parent / "ecs_fields.json").read_text(encoding="utf-8"))
OUTCOME = CEFEvent._extension_dictionary["reason"]
"""The builder knows no `outcome`, which CEF has (eventOutcome, a text of 63 characters): `reason` stands in for it."""
KINDS = [notices.finding(), notices.health(), notices.test()]
JSON_FORMATS = ("ecs", "ndjson", "ocsf")


def some(count: int, seed: int = 1) -> list[Notice]:
    chance = random.Random(seed)
    return [notices.random_notice(chance) for _ in range(count)]


@cache
def ocsf_validator(name: str) -> jsonschema.Draft202012Validator:
    schema = OcsfJsonSchemaEmbedded(get_ocsf_schema(ocsf.OCSF_VERSION)).get_class_schema(name)
    return jsonschema.Draft202012Validator(schema)


def check_line(name: str, notice: Notice) -> None:
    """One line, nothing in it that a reader cannot see, and every field back as it was."""
    line = formats()[name].line(notice)
    assert "\n" not in line
    assert not UNSAFE.search(line.replace("\t", "") if name == "leef" else line)
    if name == "cef":
        check_cef(line, notice)
    elif name == "leef":
        check_leef(line, notice)
    else:
        assert json.loads(line) == json.loads(json.dumps(formats()[name].document(notice)))


def check_cef(line: str, notice: Notice) -> None:
    event = parse_cef(line)
    assert event.header[3:5] == [notice.signature, cef.clean(notice.title)]
    for field in cef.FIELDS[notice.kind]:
        value = field.value(notice)
        wanted = (
            "" if value is None else "true" if value is True else "false" if value is False else cef.clean(str(value))
        )
        messages = event.fields.get(field.name, "")
        if field.name.endswith("Label"):
            assert (messages == value) if field.name.removesuffix("Label") in event.fields else messages == ""
        elif field.limit and len(wanted) > field.limit:
            assert len(messages) <= field.limit
            assert wanted.startswith(messages[:-1])
        else:
            assert messages == wanted, field.name
    assert cef_built(event.header, event.fields) == line


def cef_built(header: list[str], fields: dict[str, str]) -> str:
    """What the published builder makes of the values; it refuses keys, types and lengths that CEF does not know."""
    event = CEFEvent(strict=True)
    names = ("deviceVendor", "deviceProduct", "deviceVersion", "signatureId", "name", "severity")
    for name, value in zip(names, header, strict=True):
        event.set_field(name, int(value) if name == "severity" else value)
    for key, value in fields.items():
        known = CEFEvent._extension_dictionary[key] if key != "outcome" else OUTCOME
        number = {"Integer", "Long"} & set(known["data_type"])
        event.set_field(known["full_name"], int(value) if number else value)
    return str(event.build_cef()).replace(" reason=success", " outcome=success")


def check_leef(line: str, notice: Notice) -> None:
    event = parse_leef(line)
    assert event.header[3] == notice.signature
    messages = {}
    for field in leef.FIELDS[notice.kind]:
        value = field.value(notice)
        text = "" if value is None else leef.value_text(value)
        if text:
            messages[field.name] = text
    assert event.fields == messages
    assert 1 <= int(messages["sev"]) <= 10


def check_ecs(document: dict[str, Any]) -> None:
    for name, value in flat(document):
        if name.startswith("access_audit."):
            continue
        assert name in ECS_FIELDS, name
        known = ECS_FIELDS[name]
        assert isinstance(value, list) == known["array"], name
        for one in value if isinstance(value, list) else [value]:
            kind = {"long": int, "float": float}.get(known["type"], str)
            assert type(one) is kind, (name, one)
            if "allowed" in known:
                assert one in known["allowed"], (name, one)
    event = document["event"]
    for category in event["category"]:
        assert set(event["type"]) <= set(ECS_FIELDS["event.category"]["allowed"][category])


def flat(document: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, value in document.items():
        if isinstance(value, dict) and prefix + name not in ECS_FIELDS and not prefix.startswith("access_audit"):
            found += flat(value, f"{prefix}{name}.")
        else:
            found.append((prefix + name, value))
    return found


def check_ocsf(document: dict[str, Any]) -> None:
    name = {2004: "detection_finding", 6007: "scan_activity"}[document["class_uid"]]
    ocsf_validator(name).validate(document)
    assert document["type_uid"] == document["class_uid"] * 100 + document["activity_id"]


def test_the_formats_of_the_contract_are_there() -> None:
    assert list(formats()) == sorted(formats())
    assert {"cef", "ecs", "leef", "ndjson", "ocsf"} <= set(formats())


@pytest.mark.parametrize("name", formats())
def test_a_line_is_one_line_and_reads_back(name: str) -> None:
    for notice in [*KINDS, *some(300)]:
        check_line(name, notice)


@pytest.mark.heavy
@pytest.mark.parametrize("name", formats())
def test_a_hundred_thousand_findings_read_back(name: str) -> None:
    chance = random.Random(name)
    for _ in range(20_000):
        check_line(name, notices.random_notice(chance))


@pytest.mark.parametrize("pattern", patterns())
def test_every_pattern_is_valid_ecs_and_ocsf(pattern: str) -> None:
    for status in ("open", "confirmed", "justified", "false_alarm", "escalated"):
        notice = notices.finding("updated", patterns=[pattern], status=status)
        check_ecs(dict(ecs.document(notice)))
        check_ocsf(dict(ocsf.document(notice)))


def test_ecs_keeps_to_the_field_list() -> None:
    for notice in [*KINDS, *some(60, 2)]:
        check_ecs(dict(ecs.document(notice)))


def test_ocsf_keeps_to_the_published_schema() -> None:
    for notice in [*KINDS, *some(60, 3)]:
        check_ocsf(dict(ocsf.document(notice)))


def test_the_checks_can_fail() -> None:
    document = dict(ocsf.document(notices.finding()))
    with pytest.raises(jsonschema.ValidationError):
        check_ocsf(document | {"risk_score": "high"})
    with pytest.raises(jsonschema.ValidationError):
        check_ocsf({key: value for key, value in document.items() if key != "finding_info"})
    with pytest.raises(AssertionError):
        check_ecs(dict(ecs.document(notices.finding())) | {"event": {"category": ["secrets"], "type": ["info"]}})
    for line in ("CEF:0|a|b|c|d|e|5|suser=a=b", "CEF:0|a|b|c|d|e|5|suser=a\\b", "CEF:0|a|b|c\\d|e|f|5|"):
        with pytest.raises(ValueError, match="escape"):
            parse_cef(line)
    with pytest.raises(ValueError, match="no pair"):
        parse_leef("LEEF:2.0|a|b|c|d|x09|one=1\ttwo")


def test_ocsf_tells_what_became_of_the_finding() -> None:
    messages = {
        status: ocsf.document(notices.finding("decided", status=status))["activity_name"]
        for status in ("confirmed", "justified", "false_alarm", "escalated")
    }
    assert messages == {"confirmed": "Close", "justified": "Close", "false_alarm": "Close", "escalated": "Update"}
    assert ocsf.document(notices.finding("created"))["activity_id"] == 1


@given(st.text())
def test_cef_values_come_back(text: str) -> None:
    line = f"CEF:0|v|p|1|{cef.header_text('s')}|{cef.header_text(text)}|5|msg=x{cef.value_text(text)}x cs1=y"
    event = parse_cef(line)
    assert event.fields["cs1"] == "y"
    assert event.fields["msg"] == f"x{cef.clean(text)}x"
    assert event.header[4] == " ".join(cef.clean(text).split("\n"))


@given(st.text())
def test_leef_values_never_break_a_line(text: str) -> None:
    event = parse_leef(f"LEEF:2.0|v|p|1|s|x09|one=x{leef.value_text(text)}x\ttwo=2")
    assert event.fields == {"one": f"x{leef.value_text(text)}x", "two": "2"}


@pytest.mark.parametrize("name", formats())
def test_every_format_shows_what_speaks_for_the_person(name: str) -> None:
    assert "本人在其诊疗团队中的患者" in formats()[name].line(notices.finding())


@pytest.mark.parametrize("name", formats())
def test_test_events_and_health_are_told_apart(name: str) -> None:
    lines = [formats()[name].line(notice) for notice in KINDS]
    assert ["test" in line for line in lines] == [False, False, True]
    assert ["health" in line for line in lines] == [False, True, False]


@pytest.mark.parametrize("name", formats())
def test_identity_is_stable_and_the_revision_tells_states_apart(name: str) -> None:
    first, again = formats()[name].line(notices.finding()), formats()[name].line(notices.finding())
    later = formats()[name].line(notices.finding("updated", 2))
    assert first == again
    assert first != later
    assert notices.FINDING["finding_id"] in later


@pytest.mark.parametrize("name", formats())
def test_a_notice_can_always_be_made_short(name: str) -> None:
    long = "很长的文字" * 2000
    body = {
        "user_id": long, "user_name": long, "role": long, "department": long, "patterns": list(patterns()),
        "policies": [f"policy-{number}" for number in range(50)],
        "reasons": [notices.FINDING["reasons"][0] | {"text": long, "feature": "f" * 500}] * 5,
        "explained": [{"text": long, "share": None}] * 9, "event_ids": [long] * 20, "patient_ids": [long] * 20,
    }  # fmt: skip
    sizes = [len(formats()[name].line(notice).encode()) for notice in shorter(notices.finding(**body))]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] < 6000
    usual = [len(formats()[name].line(notice).encode()) for notice in shorter(notices.finding())]
    assert usual[0] < 5000
    assert usual[-1] < 3500
    for notice in shorter(notices.finding(**body)):
        check_line(name, notice)
    last = list(shorter(notices.finding(**body)))[-1]
    check_ocsf(dict(ocsf.document(last)))
    check_ecs(dict(ecs.document(last)))
