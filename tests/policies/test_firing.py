"""Policies over a night: the table they give, and what happens when one fails."""

import datetime as dt
import json
import time
from dataclasses import replace

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.model.tables.policies import NIGHT_EVENTS
from detector.policies import firing, result, statement
from detector.policies.examples import example_settings
from detector.policies.firing import FIRED_SCHEMA, count_events, run_policies
from detector.policies.header import read_policy
from detector.policies.policy import PolicyError
from detector.policies.statement import NIGHT_TABLES
from tests.policies.test_header import GOOD
from tests.policies.worlds import NIGHT, POLICIES, connection_of, event

SETTINGS = example_settings(POLICIES["self-lookup"], POLICIES["self-lookup"].examples[0])

NIGHT_BEGINS = dt.datetime.combine(NIGHT, dt.time())


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
    assert (first["version"], first["sha256"]) == (POLICIES["decoy-access"].version, POLICIES["decoy-access"].sha256)
    assert (second["alert"], second["approval"]) == (False, "test")
    assert json.loads(first["reason_values"]) == {"events": 2, "first_at": "2026-03-20 10:00", "patients": 2}


def test_an_empty_night_gives_an_empty_table_of_the_same_columns():
    connection = connection_of("decoy-access")
    rows = run_policies(connection, tuple(POLICIES.values()), NIGHT, SETTINGS).rows
    assert rows.is_empty()
    assert rows.schema == FIRED_SCHEMA
    connection.close()


GOOD_SELECT = "select 'u' as user_id, ['log:3'] as event_ids where $limit > 0"


def test_a_site_policy_fires(night, tmp_path):
    fired = run_policies(night, [own_policy(tmp_path, GOOD_SELECT)], NIGHT, SETTINGS)
    assert fired.warnings == ()
    (row,) = fired.rows.to_dicts()
    assert (row["user_id"], row["event_ids"], row["records"]) == ("u", ["log:3"], 3)
    assert json.loads(row["reason_values"]) == {"patients": 1}


def with_reason(tmp_path, statement, sentence, *, subject="account"):
    text = GOOD[: GOOD.index("select user_id")] + statement
    text = text.replace('zh = "{patients} 名"\nen = "{patients} patients"', f'en = "{sentence}"')
    text = text.replace("[params]\nlimit = 2\n", "").replace('subject = "account"', f'subject = "{subject}"')
    path = tmp_path / "p.sql"
    path.write_text(text, encoding="utf-8")
    return read_policy(path, built_in=False)


PER_EVENT = "select user_id, event_id, patient_id, record_count, null as none from night_events where is_access"
PER_SUBJECT = (
    "select user_id, list(event_id) as event_ids, list(distinct patient_id order by patient_id) as patient_id,"
    " list(distinct record_count order by record_count) as record_count, []::varchar[] as none"
    " from night_events where is_access group by user_id"
)


def test_a_row_per_event_is_as_good_as_a_row_per_subject(night, tmp_path):
    sentence = "{patients} patients: {patient_id}; {record_count}; {none}; {events} events"
    found = [
        run_policies(night, [with_reason(tmp_path, statement, sentence)], NIGHT, SETTINGS)
        for statement in (PER_EVENT, PER_SUBJECT)
    ]
    assert [one.warnings for one in found] == [(), ()]
    simple, grouped = (one.rows for one in found)
    assert simple.drop("sha256").to_dicts() == grouped.drop("sha256").to_dicts()
    first, second = simple.to_dicts()
    assert (first["user_id"], first["event_ids"], first["patients"]) == ("a", ["log:2", "log:3"], 2)
    assert (second["user_id"], second["event_ids"], second["patients"]) == ("b", ["log:1"], 1)
    policy = with_reason(tmp_path, PER_EVENT, sentence)
    assert policy.explain("zh", json.loads(first["reason_values"])) == "2 patients: d1、d2; 1、3; ?; 2 events"


def test_all_columns_of_the_events_may_be_returned(night, tmp_path):
    statement = "select * from night_events where action = 'print'"
    fired = run_policies(night, [with_reason(tmp_path, statement, "{workstation}")], NIGHT, SETTINGS)
    assert [(row["user_id"], row["records"]) for row in fired.rows.to_dicts()] == [("a", 3)]


@pytest.mark.parametrize(
    ("statement", "events"),
    [
        ("select source, event_id from night_events", 3),
        ("select distinct source from night_events", 0),
        ("select source, count(*) as n, null as event_ids from night_events group by source", 0),
    ],
)
def test_a_log_may_be_named_with_its_events_or_without(night, tmp_path, statement, events):
    policy = with_reason(tmp_path, statement, "{events} events", subject="source")
    fired = run_policies(night, [policy], NIGHT, SETTINGS)
    (row,) = fired.rows.to_dicts()
    assert (row["source"], row["user_id"], len(row["event_ids"])) == ("log", None, events)


def test_more_rows_than_can_be_meant_are_a_mistake(night, tmp_path, monkeypatch):
    for module in (firing, result):
        monkeypatch.setattr(module, "SITE_ROWS", 2)
    fired = run_policies(night, [with_reason(tmp_path, PER_EVENT, "x")], NIGHT, SETTINGS)
    assert fired.rows.is_empty()
    assert "returns more than 2 rows; narrow it" in fired.warnings[0]


def test_what_a_site_policy_still_counts_by_itself_is_left_out(night, tmp_path):
    """Policies written for earlier versions return these columns."""
    columns = "['log:2', 'log:3', null, 'gone'] as event_ids, 9 as patients, 'x' as records, 9 as accesses"
    fired = run_policies(
        night, [own_policy(tmp_path, GOOD_SELECT.replace("['log:3'] as event_ids", columns))], NIGHT, SETTINGS
    )
    assert fired.warnings == ()
    (row,) = fired.rows.to_dicts()
    assert (row["patients"], row["records"], row["accesses"]) == (2, 3, 2)
    assert json.loads(row["reason_values"]) == {"patients": 2}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("'u' as user_id", "absent as user_id", 'Referenced column "absent" was not found'),
        ("['log:3'] as event_ids", "1 as events", "must also return event_id (a row per event) or event_ids"),
        ("['log:3'] as event_ids", "'p' as patient_id", "join night_events using (user_id, patient_id)"),
        ("['log:3'] as event_ids", "3 as event_id", "event_id must be a text, the column event_id of night_events"),
        ("['log:3']", "'log:3'", "event_ids must be a list of texts"),
        ("['log:3']", "[1]", "event_ids must be a list of texts"),
        ("'u' as", "1 as", "user_id must be a text"),
        ("'u' as", "null::varchar as", "user_id must not be null"),
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


@pytest.mark.parametrize(
    ("source", "seconds", "message"),
    [
        ("from range(10000000) a, range(10000000) b where a.range + b.range = 5 and", 1, "stopped after 1 seconds"),
        ("from (select list(md5(i::varchar)) as l from range(3000000) t(i)) where len(l) > 5 and", 60, "memory"),
        ("from range(100000) a, range(100000) b where", 60, "one row per user_id"),
    ],
)
def test_a_site_policy_without_end_costs_a_warning(night, tmp_path, monkeypatch, source, seconds, message):
    monkeypatch.setattr(statement, "POLICY_MEMORY", "100MB")
    limited = replace(SETTINGS, detection=replace(SETTINGS.detection, policy_seconds=seconds))
    policies = [POLICIES["decoy-access"], own_policy(tmp_path, GOOD_SELECT.replace("where", source))]
    night.begin()
    started = time.monotonic()
    fired = run_policies(night, policies, NIGHT, limited)
    assert time.monotonic() - started < 20
    night.commit()
    assert fired.rows["user_id"].to_list() == ["a", "b"]
    (warning,) = fired.warnings
    assert message in warning
    assert warning.startswith(f"{tmp_path / 'p.sql'}:")


def test_a_site_policy_reads_every_night_table(night, tmp_path):
    reads = " or ".join(f"exists (from {table})" for table in NIGHT_TABLES)
    fired = run_policies(night, [own_policy(tmp_path, f"{GOOD_SELECT} and ({reads})")], NIGHT, SETTINGS)
    assert fired.warnings == ()


def test_a_failing_built_in_policy_stops_the_night(night, tmp_path):
    policy = own_policy(tmp_path, GOOD_SELECT.replace("'u' as", "absent as"), built_in=True)
    with pytest.raises(PolicyError, match="absent"):
        run_policies(night, [policy], NIGHT, SETTINGS)


def test_at_most_a_thousand_events_are_kept_and_all_are_counted(tmp_path):
    events = [event(f"10:{n // 60 % 60:02d}:{n % 60:02d}", "u", f"p{n % 50}", record_count=1) for n in range(1500)]
    events += [event("09:00:00", "u", action="login"), event("09:00:01", "u", "p0", outcome="failure")]
    connection = connection_of("decoy-access", events)
    every = "select user_id, list(event_id) as event_ids from night_events where $limit > 0 group by user_id"
    (row,) = run_policies(connection, [own_policy(tmp_path, every)], NIGHT, SETTINGS).rows.to_dicts()
    connection.close()
    assert row["event_ids"] == [f"log:{number}" for number in range(1, 1001)]
    assert (row["patients"], row["records"]) == (50, 50)


ACTIONS = ("login", "logout", "other", "search", "view", "update", "print", "export", "break_glass")
RANDOM_EVENTS = st.lists(
    st.tuples(
        st.integers(0, 179),
        st.sampled_from(("a", "b")),
        st.sampled_from(("", "p1", "p2", "p3")),
        st.sampled_from(ACTIONS),
        st.integers(0, 5),
        st.sampled_from(("success", "failure")),
    ),
    max_size=12,
)


def slow_counts(events):
    """Return ``COUNTED`` and the events in their order, of (event_id, second, account, patient, action, …) events."""
    patients, minutes, printed = set(), set(), 0
    for _, second, user, patient, action, records, _ in events:
        if patient and action not in ("login", "logout", "other"):
            patients.add(patient)
            minutes.add((user, patient, second // 60))
        if action in ("print", "export"):
            printed += records
    times = [NIGHT_BEGINS + dt.timedelta(seconds=second) for _, second, *_ in events]
    in_order = sorted(events, key=lambda one: (one[6] == "failure", not one[3], one[1], one[0]))
    return {
        "events": len(events),
        "patients": len(patients),
        "records": max(len(patients), printed),
        "accesses": len(minutes),
        "first_at": min(times, default=None),
        "last_at": max(times, default=None),
        "returned": printed,
        "patient_ids": sorted(patients),
        "event_ids": [one[0] for one in in_order],
    }


@settings(max_examples=40)
@given(RANDOM_EVENTS, st.data())
def test_events_are_counted_as_slowly_by_hand(rows, data):
    connection = duckdb.connect(config={"threads": 1})
    connection.execute(NIGHT_EVENTS.create_temporary())
    events = [(f"log:{number}", *row) for number, row in enumerate(rows)]
    for identity, second, user, patient, action, records, outcome in events:
        connection.execute(
            "insert into night_events"
            " (event_id, local_time, user_id, patient_id, action, record_count, outcome, is_access)"
            " values (?, ?, ?, ?, ?, ?, ?, ?)",
            [identity, NIGHT_BEGINS + dt.timedelta(seconds=second), user, patient or None, action, records, outcome,
             action not in ("login", "logout", "other")],
        )  # fmt: skip
    fired = {
        subject: data.draw(st.lists(st.sampled_from([*(one[0] for one in events), "gone"]))) for subject in ("s", "t")
    }
    frame = pl.DataFrame(
        {"subject": list(fired), "event_ids": list(fired.values())},
        schema={"subject": pl.String(), "event_ids": pl.List(pl.String())},
    )
    counted = {row.pop("subject"): row for row in count_events(connection, frame).to_dicts()}
    connection.close()
    assert counted == {
        subject: slow_counts([one for one in events if one[0] in identities]) for subject, identities in fired.items()
    }
