"""Findings about accounts: raised once, brought up to date night by night, cleared by what is booked late.

What was raised keeps its dates and is never withdrawn, only rated anew.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import duckdb
import polars as pl

from detector import __version__
from detector.database.queries import frame
from detector.detection import thresholds
from detector.findings.changes import FindingChanges
from detector.findings.earlier_sentences import tell_earlier_findings
from detector.findings.finding_data import FindingData, FindingWindow
from detector.findings.finding_writer import new_finding_id, store_days, store_evidence, store_finding
from detector.findings.holders import Holders, account_of
from detector.findings.likeness import likely_patterns
from detector.findings.margin import margin
from detector.findings.open_findings import open_findings
from detector.findings.policies_used import policies_used
from detector.findings.reasons import OF_DAYS, explanations, feature_patients, feature_shares, reasons
from detector.findings.risk import account_risk, account_severity
from detector.findings.sampling import drawn_accounts
from detector.findings.scoring_context import ScoringContext
from detector.findings.standing import AccountEvidence, StandingEvidence, cleared_users, standing_evidence
from detector.model.findings import ALERTED_BY, Assessment, Explanation, Finding, Subject
from detector.model.methods import AccountMethod, Method
from detector.model.severities import Severity

LISTED_FROM: Final = 0.6
"""Combined evidence from which a finding is listed; 1 is the alert threshold."""
VIEWER_RISK: Final = 45.0
"""Least risk of an account listed within the case of a record that it opened without a reason."""
POLICY_CASE_ACCOUNTS: Final = 5
"""A policy that fires for more accounts than this within a week makes one case of the further ones."""
POLICY_CASE_DAYS: Final = 7
DEFAULT_PATTERN: Final = "no-care-relationship"
"""Named where accesses stand against the account and look like nothing else. Rare days alone have no pattern."""
RECORD_PATTERN: Final = "vip-snooping"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An account whose finding is to be raised, or to be rated anew.

    ``earlier`` is its open finding. ``fired`` are the policies that fired on the night's new dates. ``streams`` are
    those that its finding is about; ``fresh_on`` is the last date on which they got new evidence, or None. Of an
    account without an open finding, ``record_case`` is the case of a record that it opened without a reason, as many
    did, and ``is_drawn`` says that it was drawn at random.
    """

    evidence: AccountEvidence
    earlier: Finding | None
    fired: pl.DataFrame
    streams: Sequence[str]
    fresh_on: dt.date | None
    record_case: str | None = None
    is_drawn: bool = False

    @property
    def user_id(self) -> str:
        """The account."""
        return self.evidence.user_id

    @property
    def has_new_evidence(self) -> bool:
        """Whether anything but a second look at earlier dates brings it up tonight."""
        return self.evidence_on is not None or self.record_case is not None or self.is_drawn or self.fired.height > 0

    @property
    def is_ranked(self) -> bool:
        """Whether it is listed for its evidence, or was: else what the finding is about are its policies' events."""
        listed = self.evidence.total >= LISTED_FROM or self.record_case is not None or self.is_drawn
        return listed or is_ranked(self.earlier)

    @property
    def evidence_on(self) -> dt.date | None:
        """The last date with new evidence of its streams, where the finding is about these at all."""
        return self.fresh_on if self.is_ranked else None

    def start(self, night: dt.date) -> dt.date:
        """Return the date on which its finding's window begins."""
        only_policies = (
            self.earlier is None and self.evidence_on is None and self.record_case is None and not self.is_drawn
        )
        fired: list[dt.date] = self.fired["business_date"].to_list()
        starts = fired if only_policies and fired else [night if only_policies else self.evidence.since, *fired]
        return min(starts if self.earlier is None else [*starts, self.earlier.window_start])

    def end(self, night: dt.date) -> dt.date:
        """Return the last date of tonight's new evidence, with which its finding's window ends: earlier for late rows.

        What is only seen in its whole, a record's many viewers or a draw, is seen tonight.
        """
        if self.record_case is not None or self.is_drawn:
            return night
        dates = [*self.fired["business_date"].to_list(), *([self.evidence_on] if self.evidence_on else [])]
        return max(dates, default=night)

    def window_end(self, night: dt.date) -> dt.date:
        """Return the last date of its finding's window; a second look that brings nothing new leaves it as it was."""
        if self.earlier is None:
            return self.end(night)
        return max(self.earlier.window_end, self.end(night)) if self.has_new_evidence else self.earlier.window_end

    @property
    def named_streams(self) -> Sequence[str]:
        """The streams whose accesses the finding names: within the case of a record all."""
        return self.streams if self.record_case is None else list(self.evidence.streams)


def is_ranked(finding: Finding | None) -> bool:
    """Whether a finding was listed for the evidence of its accesses, not for what policies fired on alone."""
    return finding is not None and any(not reason.is_policy for reason in finding.reasons)


def update_accounts(
    connection: duckdb.DuckDBPyConnection, context: ScoringContext, record_cases: Mapping[str, str]
) -> tuple[FindingChanges, dict[str, float]]:
    """Bring the findings about accounts up to date with the evidence at the end of the night.

    ``record_cases`` names, by account, the cases of records that it opened without a reason as many did: it is listed
    within them. Returns what changed, and stream → evidence (nats) that an alert needed.
    """
    holders = Holders.read(connection)
    standing = standing_evidence(connection, context, holders)
    chosen = list(candidates(connection, context, standing, record_cases, holders))
    changes = FindingChanges()
    data = FindingData(
        connection,
        context.date,
        (candidate.user_id for candidate in chosen),
        context.sentences,
        holders,
    )
    for candidate in chosen:
        changes += update_account(connection, context, candidate, data, standing.limits)
    return changes + FindingChanges(updated=tell_earlier_findings(connection, context.sentences)), standing.limits


def candidates(
    connection: duckdb.DuckDBPyConnection,
    context: ScoringContext,
    standing: StandingEvidence,
    record_cases: Mapping[str, str],
    holders: Holders,
) -> Iterator[Candidate]:
    """Return the holders of accounts whose findings the night changes, in the order of their ids."""
    about = dict(connection.execute("select finding_id, holder from finding_holders").fetchall())
    earlier = {
        about[finding.finding_id]: finding for finding in open_findings(connection, Subject.ACCOUNT, context.date)
    }
    given_on = {holder for holder, finding in earlier.items() if finding.window_end >= holders.until(holder)}
    for holder in given_on:
        earlier[holder] = dataclasses.replace(
            earlier[holder], window_end=last_day(connection, earlier[holder], holders.until(holder))
        )
    fired = holders.by_holder(
        frame(connection, "findings", "fired_on.sql", subject=Subject.ACCOUNT.value, dates=list(context.new_dates))
    )
    drawn = drawn_accounts(standing.active, context.date, context.settings.alerting) if context.is_new else set()
    totals = standing.totals_by_user()
    ranked = {user for user, total in totals.items() if total >= LISTED_FROM or is_ranked(earlier.get(user))}
    cleared = cleared_users(connection, context) & earlier.keys()
    first_listed = (record_cases.keys() | drawn) - earlier.keys()
    looked_at = ranked | cleared | first_listed | given_on | set(fired["user_id"])
    streams = standing.streams_since({user: begins(standing.of(user), earlier.get(user)) for user in sorted(looked_at)})
    last_fresh = {user: standing.fresh_on(user, streams[user], renews=user in earlier) for user in ranked}
    fresh = {user: date for user, date in last_fresh.items() if date is not None}
    with_evidence = (fresh.keys() | cleared | first_listed) & totals.keys()
    for user in sorted(with_evidence | given_on | set(fired["user_id"])):
        is_new = user not in earlier
        yield Candidate(
            standing.of(user),
            earlier.get(user),
            fired.filter(pl.col("user_id") == user),
            streams=streams[user],
            fresh_on=fresh.get(user),
            record_case=record_cases.get(user) if is_new else None,
            is_drawn=is_new and user in drawn,
        )


def begins(evidence: AccountEvidence, earlier: Finding | None) -> dt.date:
    """Return the first date whose evidence a finding counts: that of the leading stream, or of what was raised."""
    return min([evidence.since, *([earlier.window_start] if earlier is not None else [])])


def last_day(connection: duckdb.DuckDBPyConnection, finding: Finding, until: dt.date) -> dt.date:
    """Return the last day of a finding before another holder has the account, which the staff table told late."""
    last = connection.execute(
        "select max(business_date) from finding_days"
        " where finding_id = ? and suspicious_accesses > 0 and business_date < ?",
        [finding.finding_id, until],
    ).fetchall()[0][0]
    return last if isinstance(last, dt.date) else until - dt.timedelta(days=1)


def update_account(
    connection: duckdb.DuckDBPyConnection,
    context: ScoringContext,
    candidate: Candidate,
    data: FindingData,
    limits: Mapping[str, float],
) -> FindingChanges:
    """Raise the account's finding, or bring the open one up to date."""
    user, night, earlier = candidate.user_id, context.date, candidate.earlier
    standing = data.window(user, candidate.start(night), candidate.named_streams, candidate.window_end(night))
    if earlier and not candidate.has_new_evidence and standing.suspicions.is_empty() and standing.policies.is_empty():
        finding = cleared(earlier, candidate.evidence)
        store_finding(connection, finding)
        return FindingChanges.between(earlier, finding)
    identifier = earlier.finding_id if earlier else new_finding_id(connection, Subject.ACCOUNT, account_of(user), night)
    window = (
        standing
        if candidate.is_ranked
        else dataclasses.replace(standing, suspicions=standing.suspicions.head(0), streams=())
    )
    events = data.evidence(identifier, window)
    assessment = assess(context, candidate, data, window, limits, feature_shares(standing), events)
    identity = data.identity(user, window.end)
    if earlier:
        named = dataclasses.replace(identity, user_id=earlier.user_id)  # whatever account it stands for now
        finding = earlier.continued(night, named, assessment)
    else:
        finding = Finding.raised(
            identifier,
            night,
            identity,
            assessment,
            case_id=candidate.record_case or policy_case(connection, night, candidate),
            previous_finding_id=data.newest_findings.get(user),
        )
    store_finding(connection, finding)
    store_evidence(connection, identifier, events)
    store_days(connection, identifier, data.days(window, events))
    return FindingChanges.between(earlier, finding)


def assess(
    context: ScoringContext,
    candidate: Candidate,
    data: FindingData,
    window: FindingWindow,
    limits: Mapping[str, float],
    shares: Mapping[str, float],
    events: pl.DataFrame,
) -> Assessment:
    """Return what the night makes of an account; ``shares`` by feature are those of all that stands against it.

    A second look at dates that brings nothing new makes no alert, though thresholds have moved meanwhile.
    """
    evidence, policies = candidate.evidence, window.policies
    shown = {name: value for name, value in evidence.streams.items() if data.shows(window, name)}
    seen = feature_patients(window)
    told = reasons(data, window, evidence.streams if candidate.is_ranked else {})
    patterns = likely_patterns(shown, feature_shares(window), set(policies["pattern"]), seen)
    if candidate.record_case:
        patterns = list(dict.fromkeys([RECORD_PATTERN, *patterns]))
    elif not patterns and any(reason.feature not in OF_DAYS for reason in told):
        patterns = [DEFAULT_PATTERN]
    alerts = {
        "policy": bool(policies["alert"].any()),
        "ranking": evidence.total >= 1 and candidate.has_new_evidence and not context.is_learning,
        "draw": candidate.is_drawn,
    }
    risk, method = rating(context, candidate, data, window, limits, shares, patterns)
    return Assessment(
        window_start=window.start,
        window_end=candidate.end(context.date),
        risk=risk,
        severity=account_severity(risk, policies),
        alert=any(alerts.values()),
        alerted_by=tuple(name for name in ALERTED_BY if alerts[name]),
        patterns=tuple(patterns),
        reasons=tuple(told),
        policies=tuple(sorted(set(policies["policy_id"]))),
        exposure=data.exposure(window, events),
        explained=tuple(explanations(data, window, patterns, evidence.streams, events)),
        method=method,
        sampled=candidate.is_drawn,
        has_new_evidence=candidate.has_new_evidence,
    )


def rating(
    context: ScoringContext,
    candidate: Candidate,
    data: FindingData,
    window: FindingWindow,
    limits: Mapping[str, float],
    shares: Mapping[str, float],
    patterns: Sequence[str],
) -> tuple[float, Method]:
    """Return risk and method: tonight's, or the earlier ones where they are higher and only explanations lower them."""
    evidence, earlier = candidate.evidence, candidate.earlier
    risk = account_risk(evidence.total, shares, window.policies)
    risk = round(max(risk, VIEWER_RISK if candidate.record_case else 0.0), 1)
    used = policies_used(window.policies.iter_rows(named=True), earlier.method.policies if earlier else None)
    if earlier and candidate.has_new_evidence and earlier.risk > risk:
        return earlier.risk, dataclasses.replace(earlier.method, policies=used)
    nats = {name: round(value, 4) for name, value in evidence.nats.items()}
    return risk, AccountMethod(
        version=__version__,
        configuration=context.settings.digest,
        history=context.history,
        combined=round(evidence.total, 4),
        thresholds=limits,
        standing={name: round(value, 4) for name, value in evidence.streams.items()},
        nats=nats,
        margin=margin(data, candidate.user_id, window.start, nats, limits, patterns) if candidate.is_ranked else None,
        policies=used,
        context=context.tables,
    )


def cleared(earlier: Finding, evidence: AccountEvidence) -> Finding:
    """Return a finding whose accesses have all been explained since; what it was raised for stays readable."""
    risk = round(thresholds.risk(evidence.total), 1)
    explained = [explanation for explanation in earlier.explained if explanation.kind != "cleared"]
    return dataclasses.replace(
        earlier,
        risk=risk,
        severity=Severity.of_risk(risk),
        explained=(Explanation("cleared", 1.0), *explained),
    )


def policy_case(connection: duckdb.DuckDBPyConnection, night: dt.date, candidate: Candidate) -> str | None:
    """Return the common case of a week's accounts for which one policy fires, where they are many."""
    if candidate.evidence.total >= LISTED_FROM or candidate.fired.is_empty():
        return None
    policy = candidate.fired["policy_id"].to_list()[0]
    fired = frame(
        connection,
        "findings",
        "accounts_fired_for.sql",
        policy=policy,
        since=night - dt.timedelta(days=POLICY_CASE_DAYS - 1),
        night=night,
    )
    if fired["accounts"].item() <= POLICY_CASE_ACCOUNTS:
        return None
    return "C" + hashlib.sha256(f"{policy}|{night.isocalendar()[:2]}".encode()).hexdigest()[:11]
