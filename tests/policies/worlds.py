"""Small nights for policies, written in code where inline CSV would be long."""

import datetime as dt

import duckdb

from detector.policies.catalogue import built_in_policies
from detector.policies.example_nights import fill_example, prepare_night
from detector.policies.examples import example_settings
from detector.policies.firing import run_policy
from detector.policies.policy import Example

NIGHT = dt.date(2026, 3, 20)
POLICIES = {policy.id: policy for policy in built_in_policies()}


def csv(*rows):
    """Return CSV with the union of the rows' keys as header."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    lines = [",".join(str(row.get(column, "")) for column in columns) for row in rows]
    return "\n".join([",".join(columns), *lines])


def event(at, user_id, patient_id="", action="view", category="note", **more):
    """Return one event; ``at`` is a time of day of the night or a full timestamp."""
    time = at if len(at) > 8 else f"{NIGHT} {at}"
    return {
        "event_time": time, "user_id": user_id, "patient_id": patient_id, "action": action, "category": category, **more
    }  # fmt: skip


def connection_of(
    policy_id,
    events=(),
    *,
    night=NIGHT,
    timezone="Asia/Shanghai",
    calendar=None,
    volumes=None,
    orders=None,
    **tables,
):
    """Return a connection with the night's tables."""
    texts = {name: csv(*rows) for name, rows in (("events", events), *tables.items()) if rows}
    example = Example(
        "world",
        night,
        texts,
        (),
        volumes=volumes and csv(*volumes),
        orders=orders and csv(*orders),
        timezone=timezone,
        calendar=calendar,
    )
    connection = duckdb.connect(config={"threads": 1})
    fill_example(connection, example)
    prepare_night(connection, example_settings(POLICIES[policy_id], example), example)
    return connection


def fired(policy_id, events=(), *, night=NIGHT, timezone="Asia/Shanghai", parameters=None, **tables):
    """Return the rows of the policy that fired, as dicts by subject."""
    policy = POLICIES[policy_id]
    connection = connection_of(policy_id, events, night=night, timezone=timezone, **tables)
    try:
        rows = run_policy(connection, policy, night, timezone, {**policy.defaults, **(parameters or {})})
    finally:
        connection.close()
    return {row[policy.subject_column]: row for row in rows.iter_rows(named=True)}
