"""Policies over a night: the table they give, and what happens when one fails."""

import json

import pytest

from detector.policies.examples import example_settings
from detector.policies.firing import FIRED_SCHEMA, run_policies
from detector.policies.header import read_policy
from detector.policies.policy import PolicyError
from detector.policies.statement import NIGHT_TABLES
from tests.policies.test_header import GOOD
from tests.policies.worlds import NIGHT, POLICIES, connection_of, event

SETTINGS = example_settings(POLICIES["self-lookup"], POLICIES["self-lookup"].examples[0])


@pytest.fixture
def night():
    connection = connection_of(
        "decoy-access",
        [
            event("10:00:00", "b", "d1"),
            event("10:00:01", "a", "d1"),
            event("10:00:02", "a", "d2", "print", record_count=3),
        ],
        decoy_patients=[{"patient_id": "d1"}, {"patient_id": "d2"}],
        approvals=[
            {"user_id": "b", "patterns": "", "start": "2026-03-01", "end": "2026-03-31", "reason": "test"},
            {"user_id": "a", "patterns": "bulk-export", "start": "2026-03-01", "end": "2026-03-31", "reason": "pull"},
        ],
    )
    yield connection
    connection.close()


def own_policy(tmp_path, statement, *, built_in=False):
    path = tmp_path / "p.sql"
    path.write_text(GOOD[: GOOD.index("select user_id")] + statement, encoding="utf-8")
    return read_policy(path, built_in=built_in)


def test_gives_one_row_per_policy_and_subject(night):
    rows = run_policies(night, tuple(POLICIES.values()), NIGHT, SETTINGS).rows
    assert rows.schema == FIRED_SCHEMA
    assert [(row["policy_id"], row["user_id"]) for row in rows.to_dicts()] == [
        ("decoy-access", "a"),
        ("decoy-access", "b"),
    ]
    first, second = rows.to_dicts()
    assert first["event_ids"] == ["log:2", "log:3"]
    assert (first["patients"], first["records"], first["accesses"]) == (2, 3, 2)
    assert (first["alert"], first["approval"], first["source"]) == (True, None, None)
    assert (second["alert"], second["approval"]) == (False, "test")
    assert json.loads(first["reason_values"]) == {"events": 2, "first_at": "2026-03-20 10:00", "patients": 2}


def test_an_empty_night_gives_an_empty_table_of_the_same_columns():
    connection = connection_of("decoy-access")
    rows = run_policies(connection, tuple(POLICIES.values()), NIGHT, SETTINGS).rows
    assert rows.is_empty()
    assert rows.schema == FIRED_SCHEMA
    connection.close()


GOOD_SELECT = "select 'u' as user_id, ['e'] as event_ids, 1 as patients, 1 as records, 1 as accesses where $limit > 0"


def test_a_site_policy_fires(night, tmp_path):
    fired = run_policies(night, [own_policy(tmp_path, GOOD_SELECT)], NIGHT, SETTINGS)
    assert fired.warnings == ()
    assert fired.rows["user_id"].to_list() == ["u"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("'u' as user_id", "absent as user_id", 'Referenced column "absent" was not found'),
        ("1 as patients, ", "", "must also return patients"),
        ("['e']", "'e'", "event_ids must be a list of texts"),
        ("['e']", "[1]", "event_ids must be a list of texts"),
        ("'u' as", "1 as", "user_id must be a text"),
        ("'u' as", "null::varchar as", "user_id must not be null"),
        ("1 as patients", "'1' as patients", "patients must be a count"),
        ("where", "from range(2) where", "one row per user_id"),
    ],
)
def test_a_failing_site_policy_warns_and_the_night_goes_on(night, tmp_path, old, new, message):
    policies = [POLICIES["decoy-access"], own_policy(tmp_path, GOOD_SELECT.replace(old, new, 1))]
    fired = run_policies(night, policies, NIGHT, SETTINGS)
    assert fired.rows["user_id"].to_list() == ["a", "b"]
    (warning,) = fired.warnings
    assert message in warning
    assert "\n" not in warning
    line = GOOD[: GOOD.index("select user_id")].count("\n") + 1
    assert warning.startswith(f"{tmp_path / 'p.sql'}:{line}: ")


def test_a_site_policy_that_fails_while_running_leaves_the_transaction_alone(night, tmp_path):
    """Such an error aborts a transaction, and a night commits as one."""
    wrong = GOOD_SELECT.replace("where", "from night_events where user_id::integer > 0 and")
    night.begin()
    fired = run_policies(night, [own_policy(tmp_path, wrong)], NIGHT, SETTINGS)
    assert "Could not convert string" in fired.warnings[0]
    assert night.execute("select count(*) from night_events").fetchall() == [(3,)]
    night.commit()


def test_a_site_policy_reads_every_night_table(night, tmp_path):
    reads = " or ".join(f"exists (from {table})" for table in NIGHT_TABLES)
    fired = run_policies(night, [own_policy(tmp_path, f"{GOOD_SELECT} and ({reads})")], NIGHT, SETTINGS)
    assert fired.warnings == ()


def test_a_failing_built_in_policy_stops_the_night(night, tmp_path):
    policy = own_policy(tmp_path, GOOD_SELECT.replace("'u' as", "absent as"), built_in=True)
    with pytest.raises(PolicyError, match="absent"):
        run_policies(night, [policy], NIGHT, SETTINGS)


def test_at_most_a_thousand_events_are_listed(night, tmp_path):
    many = GOOD_SELECT.replace("['e']", "list_transform(range(3000), lambda number: number::varchar)")
    rows = run_policies(night, [own_policy(tmp_path, many)], NIGHT, SETTINGS).rows
    assert rows["event_ids"][0].len() == 1000
