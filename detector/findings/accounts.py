"""Findings as episodes: raised once, grown night by night, closed by a decision or by 28 quiet days.

Writes the tables ``findings``, ``finding_events`` and ``finding_days``. What was raised keeps its dates and is never
withdrawn, only rated anew.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import duckdb
import numpy as np
import polars as pl

from detector import __version__
from detector.deployment.settings import Settings
from detector.detection import thresholds
from detector.detection.accumulation import MICRO, WINDOW_DAYS, Standing, accumulate
from detector.detection.night_tables import REJUDGE_AFTER_DAYS
from detector.detection.streams import STREAMS
from detector.findings.finding_writer import severity_of, store_days, store_evidence, store_finding
from detector.findings.likeness import likely_patterns
from detector.findings.margin import margin
from detector.findings.reasons import ReasonData, explanations, reasons
from detector.findings.sampling import drawn_accounts

QUIET_DAYS: Final = 28
LISTED_FROM: Final = 0.6
"""Combined standing from which a finding is listed; 1 is the alert threshold."""
FRESH_NATS: Final = 0.5
"""A day counts as new evidence when it adds at least so much to a stream that stands."""
STANDING_STREAM: Final = 0.35
TELLING_STREAM: Final = 0.2
"""Accesses are named for the streams that stand at least so high."""
SENSITIVE_WEIGHT: Final = 0.15
"""How much more a finding weighs in the ranking when all it rests on lies in the site's sensitive departments."""
VIEWER_RISK: Final = 45.0
"""Least risk of an account listed within the case of a record that it opened without a reason."""
SUPPORTING_STREAMS: Final = ("unusual",)
SUPPORT_LIMIT: Final = 0.55
"""The models know that a day is rare, not that it is wrong: they add to other evidence and never alert alone."""
POLICY_RISK: Final = {"low": 40.0, "medium": 60.0, "high": 75.0, "critical": 90.0}
ROLLED_FROM: Final = 5
"""A policy that fires for more accounts than this within a week makes one case of the further ones."""
CLOSED: Final = ("confirmed", "justified", "false_alarm")


@dataclass(slots=True)
class Raised:
    """What a night brought: ids of new, updated and newly alerting findings."""

    new: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    alerts: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Night:
    """What is the same for all findings of a night.

    ``limits`` are evidence (nats) by stream at which to alert, in place of what this history calibrates.
    """

    date: dt.date
    judged: tuple[dt.date, ...]
    first_date: dt.date
    settings: Settings
    limits: Mapping[str, float] | None = None

    @property
    def learning(self) -> bool:
        """Tell whether there is too little history for alerts that rest on a model."""
        return (self.date - self.first_date).days < self.settings.alerting.learning_days


def finding_id(*parts: str) -> str:
    """Return the id of a finding: the same subject and first date give the same id."""
    return "F" + hashlib.sha256("|".join(parts).encode()).hexdigest()[:11]


def update_findings(
    connection: duckdb.DuckDBPyConnection, night: Night, viewers: dict[str, str], raised: Raised
) -> dict[str, float]:
    """Bring the findings about accounts up to date with the evidence at the end of the night.

    ``viewers`` are accounts that opened a record without a reason which many opened so, with that record's case: they
    are listed within it. Returns the evidence that each stream needs for an alert.
    """
    open_findings = connection.sql(
        "from findings where subject = 'account' and status not in ('confirmed', 'justified', 'false_alarm')"
        " and last_seen_on >= $since order by user_id, detected_on",
        params={"since": night.date - dt.timedelta(days=QUIET_DAYS)},
    ).pl()
    days = connection.sql(
        "from evidence_days where business_date <= $night and business_date > $since order by business_date, user_id",
        params={"night": night.date, "since": night.date - dt.timedelta(days=WINDOW_DAYS)},
    ).pl()
    fired = connection.sql(
        "from policy_days where business_date in (select unnest($judged)) and subject = 'account'"
        " order by user_id, business_date, policy_id",
        params={"judged": list(night.judged)},
    ).pl()
    standing = accumulate(days, night.date, ended_episodes(connection, night.date))
    alerted = set(
        connection.sql("select distinct user_id from findings where alert and user_id is not null").pl()["user_id"]
    )
    limits = thresholds.calibrated(
        standing,
        [user not in alerted for user in standing.users],
        night.settings.alerting.budget * (1 - night.settings.alerting.random_share),
        (night.date - night.first_date).days,
        encounters_known=connection.execute("select count(*) > 0 from encounters").fetchall()[0][0],
    )
    if night.limits is not None:
        limits |= {name: value for name, value in night.limits.items() if name in limits}
    scale = np.array([limits[stream.id] for stream in STREAMS])
    relative = np.round(standing.values / scale, 6)
    for name in SUPPORTING_STREAMS:
        place = [stream.id for stream in STREAMS].index(name)
        relative[:, place] = np.minimum(relative[:, place], SUPPORT_LIMIT)
    total = thresholds.combined(relative)
    fresh = fresh_users(days, night, relative, standing)
    policy_users = set(fired.filter(pl.col("business_date") == night.date)["user_id"]) | late_policy_users(fired, night)
    known = {row["user_id"]: row for row in open_findings.iter_rows(named=True)}
    cleared = cleared_users(connection, night)
    drawn = drawn_accounts(
        days.filter(pl.col("business_date") == night.date)["user_id"].to_list(), night.date, night.settings.alerting
    )
    candidates = [
        (user, place)
        for place, user in enumerate(standing.users)
        if (user in fresh and (total[place] >= LISTED_FROM or user in known))
        or user in policy_users
        or (user in (viewers.keys() | drawn) and user not in known)
        or (user in known and user in cleared)
    ]
    placed = {user for user, _ in candidates}
    candidates += [(user, -1) for user in sorted(policy_users - placed)]
    if candidates:
        data = ReasonData(connection, night.date, [user for user, _ in candidates])
        for user, place in sorted(candidates):
            subject = Account(user, place, standing, relative, total, limits)
            policies = fired.filter(pl.col("user_id") == user)
            before = None if user in known else viewers.get(user)
            sampled = user in drawn and user not in known
            seen = user in fresh or before is not None or sampled
            write_finding(
                connection, night, subject, known.get(user), policies, seen, data, raised, before, sampled=sampled
            )
    return limits


@dataclass(frozen=True, slots=True)
class Account:
    """One account's standing among all."""

    user_id: str
    place: int
    standing: Standing
    relative_values: np.ndarray[tuple[int, int], np.dtype[np.float64]]
    totals: np.ndarray[tuple[int], np.dtype[np.float64]]
    limits: dict[str, float]

    @property
    def total(self) -> float:
        """Return the combined standing; 1 is the alert threshold."""
        return float(self.totals[self.place]) if self.place >= 0 else 0.0

    def streams(self) -> dict[str, float]:
        """Return the standing of each stream, 1 = threshold."""
        if self.place < 0:
            return {}
        return {stream.id: float(self.relative_values[self.place, n]) for n, stream in enumerate(STREAMS)}

    def since(self, night: dt.date) -> dt.date:
        """Return the date on which the leading stream's evidence began."""
        if self.place < 0:
            return night
        ordinal = int(self.standing.since[self.place, int(np.argmax(self.relative_values[self.place]))])
        return dt.date.fromordinal(ordinal) if ordinal else night


def ended_episodes(connection: duckdb.DuckDBPyConnection, night: dt.date) -> dict[str, dt.date]:
    """Return for each account the date up to which its evidence belongs to an episode that has ended.

    What an officer decided on is all that was known by then, also what had been seen after the finding's last date.
    """
    rows = connection.sql(
        """
        select user_id, greatest(max(last_seen_on), max(decided.through)) as until
        from findings
        left join (
            select finding_id, arg_max(through, (decided_at, number)) as through from decisions group by finding_id
        ) as decided
            on
                decided.finding_id = findings.finding_id
                and findings.status in ('confirmed', 'justified', 'false_alarm')
        where subject = 'account'
        group by user_id
        having bool_and(status in ('confirmed', 'justified', 'false_alarm') or last_seen_on < $quiet)
        """,
        params={"quiet": night - dt.timedelta(days=QUIET_DAYS)},
    ).pl()
    return dict(zip(rows["user_id"].to_list(), rows["until"].to_list(), strict=True))


def fresh_users(
    days: pl.DataFrame,
    night: Night,
    relative: np.ndarray[tuple[int, int], np.dtype[np.float64]],
    standing: Standing,
) -> set[str]:
    """Return the accounts whose standing streams got new evidence on a date of tonight (or on a late one)."""
    dates = [night.date, *late_dates(night)]
    today = days.filter(pl.col("business_date").is_in(dates))
    places = {user: place for place, user in enumerate(standing.users)}
    result = set()
    for user, increments in zip(today["user_id"], today["increments"], strict=True):
        place = places[user]
        start = 0
        for number, stream in enumerate(STREAMS):
            gain = max(increments[start : start + stream.components]) / MICRO
            start += stream.components
            if gain >= FRESH_NATS and relative[place, number] >= STANDING_STREAM:
                result.add(user)
    return result


def cleared_users(connection: duckdb.DuckDBPyConnection, night: Night) -> set[str]:
    """Return the accounts of findings that rest on accesses which tonight's second look has explained."""
    rows = connection.sql(
        """
        select distinct findings.user_id
        from findings
        join finding_events using (finding_id)
        where
            findings.subject = 'account'
            and finding_events.surprisal is not null
            and finding_events.local_time::date in (select unnest($judged))
            and not exists (
                from suspicions
                where
                    suspicions.business_date = finding_events.local_time::date
                    and suspicions.user_id = findings.user_id
                    and suspicions.patient_id = finding_events.patient_id
            )
        """,
        params={"judged": list(night.judged)},
    ).pl()
    return set(rows["user_id"])


def late_dates(night: Night) -> list[dt.date]:
    """Return judged dates that are neither the night's nor due to be judged again: late rows came for them."""
    due = {night.date - dt.timedelta(days=days) for days in (0, *REJUDGE_AFTER_DAYS)}
    return [date for date in night.judged if date not in due]


def late_policy_users(fired: pl.DataFrame, night: Night) -> set[str]:
    """Return accounts for which a policy fired on a date of late rows."""
    return set(fired.filter(pl.col("business_date").is_in(late_dates(night)))["user_id"])


def write_finding(  # noqa: PLR0917 - one finding needs all that the night knows
    connection: duckdb.DuckDBPyConnection,
    night: Night,
    subject: Account,
    known: dict[str, Any] | None,
    fired: pl.DataFrame,
    fresh: bool,
    data: ReasonData,
    raised: Raised,
    record_case: str | None = None,
    *,
    sampled: bool = False,
) -> None:
    """Raise the account's finding, or bring the open one up to date.

    ``record_case`` is the case of a record that the account opened without a reason, as many did; ``sampled`` tells
    that the account was drawn at random.
    """
    user = subject.user_id
    dates = [night.date, *late_dates(night)]
    tonight = fired.filter(pl.col("business_date").is_in(dates))
    seen = fresh or tonight.height > 0
    if known is None and not seen:
        return
    identity = known["finding_id"] if known else finding_id("account", user, str(night.date))
    policy_starts = tonight["business_date"].to_list()
    start = min([subject.since(night.date) if fresh or known else night.date, *policy_starts])
    if known:
        start = min(start, known["window_start"])
    policies = data.fired_policies(user, start, night.date)
    standing = subject.streams()
    telling = [name for name, value in standing.items() if value >= (0.0 if record_case else TELLING_STREAM)]
    suspicions = data.suspicions(user, start, telling)
    shares = data.feature_shares(suspicions)
    policy_patterns = set(policies["pattern"].to_list())
    if known and not seen and suspicions.is_empty() and policies.is_empty():
        settle(connection, known, subject)
        raised.updated.append(identity)
        return
    patterns = likely_patterns(standing, shares, policy_patterns) or ["no-care-relationship"]
    if record_case:
        patterns = list(dict.fromkeys(["vip-snooping", *patterns]))
    alerting = policies.filter(pl.col("alert"))
    policy_risk = max((POLICY_RISK[severity] for severity in policies["severity"]), default=0.0)
    weighed = subject.total * (1 + SENSITIVE_WEIGHT * shares.get("sensitive_place", 0.0))
    risk = 100 * (1 - (1 - thresholds.risk(weighed) / 100) * (1 - policy_risk * (1 if alerting.height else 0.4) / 100))
    alert = sampled or bool(known and known["alert"]) or alerting.height > 0
    alert = alert or (subject.total >= 1 and not night.learning)
    risk = round(max(risk, VIEWER_RISK if record_case else 0.0), 1)
    method = method_of(night, subject, data, start)
    if known and seen and known["risk"] > risk:  # what was found stays found: only an explanation lowers it
        risk, method = known["risk"], known["method"]
    severity = severity_of(risk, alerting)
    events = data.events(suspicions, policies)
    exposure = data.exposure(user, suspicions, policies, start, data.policy_patients(identity, events))
    row = {
        "finding_id": identity,
        "subject": "account",
        "user_id": user,
        "patient_id": None,
        "source": None,
        "case_id": known["case_id"] if known else record_case or case_of(connection, night, identity, tonight, subject),
        "detected_on": known["detected_on"] if known else night.date,
        "alerted_on": (known["alerted_on"] if known else None) or (night.date if alert else None),
        "last_seen_on": night.date if seen else known["last_seen_on"],  # type: ignore[index]
        **data.account(user),
        "window_start": start,
        "window_end": max([known["window_end"]] if known and not seen else [night.date if seen else start]),
        "risk": risk,
        "severity": severity,
        "alert": alert,
        "patterns": patterns,
        "reasons": json.dumps(
            reasons(data, user, start, night.date, suspicions, standing, policies), ensure_ascii=False
        ),
        "policies": sorted(set(policies["policy_id"].to_list())),
        **exposure,
        "explained": json.dumps(
            explanations(data, user, start, night.date, suspicions, policies, patterns), ensure_ascii=False
        ),
        "sampled": sampled or bool(known and known["sampled"]),
        "status": known["status"] if known else "open",
        "previous_finding_id": known["previous_finding_id"] if known else data.previous_finding(user),
        "method": method,
    }
    store_finding(connection, row)
    store_evidence(connection, identity, events)
    store_days(connection, identity, data.days(user, start, night.date, suspicions))
    (raised.updated if known else raised.new).append(identity)
    if alert and not (known and known["alert"]):
        raised.alerts.append(identity)


def settle(connection: duckdb.DuckDBPyConnection, known: dict[str, Any], subject: Account) -> None:
    """Rate a finding anew whose accesses have all been explained since; what it was raised for stays readable."""
    explained = [one for one in json.loads(known["explained"]) if one["kind"] != "cleared"]
    explained.insert(0, {"kind": "cleared", "share": 1.0})
    risk = round(thresholds.risk(subject.total), 1)
    connection.execute(
        "update findings set risk = $risk, severity = $severity, explained = $explained where finding_id = $id",
        {
            "risk": risk,
            "severity": severity_of(risk, pl.DataFrame(schema={"severity": pl.String})),
            "explained": json.dumps(explained, ensure_ascii=False),
            "id": known["finding_id"],
        },
    )


def method_of(night: Night, subject: Account, data: ReasonData, start: dt.date) -> str:
    """Return how the finding was rated, as JSON: enough to recompute it, and to reproduce it a year later."""
    nats = {}
    if subject.place >= 0:
        values = subject.standing.values[subject.place]
        nats = {stream.id: round(float(values[n]), 4) for n, stream in enumerate(STREAMS)}
    return json.dumps(
        {
            "version": __version__,
            "configuration": night.settings.digest,
            "history": [str(night.first_date), str(night.date)],
            "standing": {name: round(value, 4) for name, value in subject.streams().items()},
            "nats": nats,
            "thresholds": subject.limits,
            "combined": round(subject.total, 4),
            "margin": margin(data, subject.user_id, start, nats, subject.limits),
        }
    )


def case_of(
    connection: duckdb.DuckDBPyConnection, night: Night, identity: str, tonight: pl.DataFrame, subject: Account
) -> str:
    """Return the case of a new finding: its own, unless a policy fires for many accounts at once."""
    if subject.total < LISTED_FROM and tonight.height:
        policy = tonight["policy_id"].to_list()[0]
        accounts = connection.execute(
            "select count(distinct user_id) from policy_days where policy_id = $policy and alert"
            " and business_date between $since and $night",
            {"policy": policy, "since": night.date - dt.timedelta(days=6), "night": night.date},
        ).fetchall()[0][0]
        if accounts > ROLLED_FROM:
            return "C" + hashlib.sha256(f"{policy}|{night.date.isocalendar()[:2]}".encode()).hexdigest()[:11]
    return identity
