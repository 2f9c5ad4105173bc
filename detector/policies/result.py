"""What a policy's statement returned, brought into one form: a row per subject with the events that it fires on.

The statement returns a row per event (``event_id``) or a row per subject (``event_ids``, a list). With a row per event
a column that the reason names is the list of its different values.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from detector.model.tables.policies import NIGHT_EVENTS
from detector.policies.policy import Policy, PolicyError
from detector.policies.statement import first_line

SITE_ROWS: Final = 1_000_000
"""A site's policy that returns more rows is wrong: it joins too much, or fires for everything."""
LISTED_VALUES: Final = 20
"""So many different values of a column are named for a subject with a row per event."""
EVENT, EVENTS = "event_id", "event_ids"


def checked_result(policy: Policy, found: pl.DataFrame) -> pl.DataFrame:
    """Return one row per subject: its name, ``event_ids`` (list of texts), and the policy's ``own_columns``.

    Raises PolicyError, which says what to return, where the statement's result is neither form.
    """
    subject = policy.subject_column
    missing = [column for column in (subject, *policy.own_columns) if column not in found.columns]
    if missing:
        raise _error(policy, f"the select must also return {', '.join(missing)}")
    if found.schema[subject] not in (pl.String(), pl.Null()):
        raise _error(policy, f"{subject} must be a text")
    if found[subject].null_count():
        raise _error(policy, f"{subject} must not be null")
    if EVENTS not in found.columns and EVENT in found.columns:
        rows = _by_subject(policy, found)
    else:
        rows = _per_subject(policy, found)
    return rows.select(subject, EVENTS, *policy.own_columns).cast({subject: pl.String()})


def _by_subject(policy: Policy, found: pl.DataFrame) -> pl.DataFrame:
    """Gather a row per event by subject."""
    if found.schema[EVENT] not in (pl.String(), pl.Null()):
        raise _error(policy, f"{EVENT} must be a text, the column {EVENT} of {NIGHT_EVENTS.name}")
    if found.height > SITE_ROWS and not policy.built_in:
        raise _error(policy, f"the select returns more than {SITE_ROWS:,} rows; narrow it with where")
    lists = [column for column in policy.own_columns if isinstance(found.schema[column], pl.List)]
    listed = found
    for column in lists:  # of a list the values count
        listed = listed.explode(column)
    values = listed.group_by(policy.subject_column).agg(
        pl.col(column).drop_nulls().unique().sort().head(LISTED_VALUES) for column in policy.own_columns
    )
    events = found.group_by(policy.subject_column).agg(pl.col(EVENT).cast(pl.String).unique().sort().alias(EVENTS))
    return events.join(values, on=policy.subject_column).sort(policy.subject_column)


def _per_subject(policy: Policy, found: pl.DataFrame) -> pl.DataFrame:
    """Check a row per subject; a source may be named without events."""
    subject = policy.subject_column
    if EVENTS not in found.columns:
        if policy.subject != "source":
            raise _error(policy, _without_events(policy, found))
        found = found.with_columns(pl.lit(None, pl.List(pl.String())).alias(EVENTS))
    if found.schema[EVENTS] not in (pl.List(pl.String()), pl.Null()):
        raise _error(policy, f"{EVENTS} must be a list of texts, such as list({EVENT}); or return a row per {EVENT}")
    if found[subject].is_duplicated().any():
        raise _error(policy, f"the select must return one row per {subject}; group by it, or return {EVENT}")
    return found.cast({EVENTS: pl.List(pl.String())})


def _without_events(policy: Policy, found: pl.DataFrame) -> str:
    """Say how a statement comes to the events that it fires on."""
    remedy = f"the select must also return {EVENT} (a row per event) or {EVENTS} (a row per {policy.subject_column})"
    if NIGHT_EVENTS.name in policy.tables:
        return remedy
    key = ", ".join(name for name in (policy.subject_column, "patient_id") if name in found.columns)
    return f"{remedy}; {NIGHT_EVENTS.name} has them: join {NIGHT_EVENTS.name} using ({key})"


def _error(policy: Policy, message: str) -> PolicyError:
    return PolicyError(message, file=policy.path, line=first_line(policy.statement))
