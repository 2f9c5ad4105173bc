"""The Sigma rules: valid, one family each, and they fire on what we export and on nothing else."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from sigma.backends.sqlite import sqliteBackend
from sigma.collection import SigmaCollection
from sigma.plugins import InstalledSigmaPlugins
from sigma.validation import SigmaValidator

from detector.detection.patterns import patterns
from detector.export.formats import ecs
from detector.export.notice import Notice
from tests.export import notices
from tests.export.site import Site, lines
from tests.export.test_formats import flat

FOLDER = Path(str(resources.files("detector.export").joinpath("sigma")))
FROM_THE_NETWORK = {"attacktag", "d3_fendtag"}
"""Validators that fetch lists of techniques."""
OTHER_RULES = {"escalated", "nightly_check_found_silent_source"}


@cache
def rules() -> dict[str, SigmaCollection]:
    return {path.stem: SigmaCollection.load_ruleset([path]) for path in sorted(FOLDER.glob("*.yml"))}


def families() -> dict[str, list[str]]:
    """Which patterns each rule of a family names."""
    found = {}
    for name, rule in rules().items():
        if name not in OTHER_RULES:
            code = rule.rules[0].to_dict()["detection"]["alert"]["event.code"]
            found[name] = [code] if isinstance(code, str) else code
    return found


def fired(name: str, documents: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the ids of the events that a rule finds, as the SQL that pySigma makes of it sees them."""
    rows = [dict(flat(dict(document))) for document in documents]
    columns = sorted({field.name for fields in ecs.FIELDS.values() for field in fields})
    (query,) = sqliteBackend().convert(rules()[name])
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute(f"create table logs ({', '.join(f'`{column}`' for column in columns)})")
        for row in rows:
            values = [row.get(column) for column in columns]
            cells = [json.dumps(one) if isinstance(one, list | dict) else one for one in values]
            connection.execute(f"insert into logs values ({', '.join('?' for _ in columns)})", cells)
        ids = connection.execute(str(query).replace("*", "`event.id`", 1).replace("<TABLE_NAME>", "logs")).fetchall()
        return [one[0] for one in ids]
    finally:
        connection.close()


def alert(pattern: str, **values: Any) -> Notice:
    return notices.finding(patterns=[pattern], **values)


def test_the_rules_are_valid() -> None:
    every = SigmaCollection.load_ruleset([FOLDER])
    assert not every.errors
    known = InstalledSigmaPlugins.autodiscover().validators
    validator = SigmaValidator([one for name, one in known.items() if name not in FROM_THE_NETWORK])
    assert validator.validate_rules(every.rules) == []


def test_every_pattern_has_one_family() -> None:
    named = [pattern for family in families().values() for pattern in family]
    assert sorted(named) == sorted(patterns())


def test_rules_use_fields_that_the_export_has() -> None:
    known = {field.name for fields in ecs.FIELDS.values() for field in fields}
    for name, rule in rules().items():
        messages = rule.rules[0].to_dict()
        used = {key.split("|")[0] for detection in messages["detection"].values() if isinstance(detection, dict)
                for key in detection} | set(messages["fields"])  # fmt: skip
        assert used <= known, name


@pytest.mark.parametrize("name", families())
def test_a_family_s_rule_fires_on_its_alerts_alone(name: str) -> None:
    for pattern in patterns():
        wanted = [notices.FINDING["finding_id"]] if pattern in families()[name] else []
        assert fired(name, [ecs.document(alert(pattern))]) == wanted, pattern
        assert fired(name, [ecs.document(alert(pattern, alert=False))]) == []
        assert fired(name, [ecs.document(alert(pattern, status="justified"))]) == []
    assert fired(name, [ecs.document(notices.health()), ecs.document(notices.test())]) == []


@pytest.mark.parametrize(("status", "fires"), [("confirmed", 1), ("escalated", 1), ("justified", 0), ("open", 0)])
def test_the_officer_s_decision_is_seen(status: str, fires: int) -> None:
    documents = [ecs.document(notices.finding("decided", status=status))]
    assert len(fired("escalated", documents)) == fires
    assert fired("escalated", [ecs.document(notices.finding("updated", status=status))]) == []


def test_silent_sources_are_seen() -> None:
    name = "nightly_check_found_silent_source"
    assert fired(name, [ecs.document(notices.health())]) == ["health:2026-07-12"]
    assert fired(name, [ecs.document(notices.health(silent_sources=[])), ecs.document(alert("log-gap"))]) == []


def test_a_rule_fires_on_an_exported_file(tmp_path: Path) -> None:
    site = Site(tmp_path)
    ids = site.fill(3)
    assert site.detector("export", "--format", "ecs", "--to", str(tmp_path / "out.ndjson")).returncode == 0
    documents = [json.loads(line) for line in lines(tmp_path / "out.ndjson")]
    assert fired("snooping", documents) == ids
    assert fired("harvest", documents) == []
