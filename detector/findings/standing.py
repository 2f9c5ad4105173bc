"""What stands against every account at the end of a night, and which accounts got new evidence or lost some.

Evidence is measured in units of its stream's alert threshold. An episode that has ended takes its evidence with it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import duckdb
import numpy as np
import polars as pl

from detector.database import rows
from detector.database.queries import frame
from detector.detection import thresholds
from detector.detection.accumulation import WINDOW_DAYS, CumulativeEvidence, Floats, accumulate, component_nats
from detector.detection.scoring import SUSPICIOUS_MICRONATS
from detector.detection.streams import BY_ID, COMPONENTS
from detector.findings.holders import Holders
from detector.findings.late_evidence import added_evidence
from detector.findings.scoring_context import ScoringContext
from detector.model.findings import CLOSED_STATUSES, QUIET_DAYS

FRESH_NATS: Final = 0.5
"""A day counts as new evidence when it adds at least so much to a stream that stands."""
STANDS: Final = 0.35
"""Evidence from which a stream stands: a finding names what adds to it, and more of it is new evidence."""
SUPPORTING_STREAMS: Final = ("unusual",)
SUPPORT_LIMIT: Final = 0.55
"""The models know that a day is rare, not that it is wrong: they add to other evidence and never alert alone."""


@dataclass(frozen=True, slots=True)
class AccountEvidence:
    """What stands against one account.

    ``total`` is the combined evidence and ``streams`` that of each stream, in units of the alert threshold; ``nats`` by
    stream. ``since`` is the date on which the leading stream's evidence began. Without evidence there are no streams.
    """

    user_id: str
    since: dt.date
    total: float
    streams: Mapping[str, float]
    nats: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class StandingEvidence:
    """What stands against all accounts with evidence in the window.

    ``relative`` (by stream) and ``totals`` are in units of the alert threshold, users in the order of ``cumulative``.
    ``limits``: stream → evidence (nats) for an alert. ``active``: accounts with a row of evidence on the night's date.
    ``days`` are the rows of ``evidence_days`` that it rests on, ``added`` what the dates with new rows brought, and
    ``ended`` up to which date the evidence of some belongs to episodes that have ended.
    """

    night: dt.date
    cumulative: CumulativeEvidence
    relative: Mapping[str, Floats]
    totals: Floats
    limits: dict[str, float]
    active: list[str]
    days: pl.DataFrame
    added: pl.DataFrame
    ended: dict[str, dt.date]

    def totals_by_user(self) -> dict[str, float]:
        """Return user → combined evidence, users in order."""
        return dict(zip(self.cumulative.users, self.totals.tolist(), strict=True))

    def of(self, user: str) -> AccountEvidence:
        """Return what stands against one account."""
        if user not in self.cumulative.users:
            return AccountEvidence(user, self.night, total=0.0, streams={}, nats={})
        place = self.cumulative.users.index(user)
        streams = {name: float(values[place]) for name, values in self.relative.items()}
        leading = max(streams, key=streams.__getitem__)
        began = int(self.cumulative.since[leading][place])
        return AccountEvidence(
            user,
            since=dt.date.fromordinal(began) if began else self.night,
            total=float(self.totals[place]),
            streams=streams,
            nats={name: float(values[place]) for name, values in self.cumulative.values.items()},
        )

    def streams_since(self, starts: Mapping[str, dt.date]) -> dict[str, list[str]]:
        """Return for each user of ``starts`` the streams that a finding is about whose window begins on that date.

        They are the leading one, and every other that stands by what came since then: what was usual before is no part
        of it. What adds to them is named with the finding, and more of it is new evidence.
        """
        relative = {
            user: {name: value for name, value in self.of(user).streams.items() if value > 0} for user in starts
        }
        windows = pl.DataFrame(
            {"user_id": list(starts), "start": list(starts.values())}, schema={"user_id": pl.String, "start": pl.Date}
        )
        days = self.days.join(windows, on="user_id").filter(pl.col("business_date") >= pl.col("start"))
        counted = accumulate(days, self.night, self.ended)
        since = relative_evidence(counted, self.limits)
        places = {user: place for place, user in enumerate(counted.users)}
        leading = {user: max(streams, key=streams.__getitem__, default=None) for user, streams in relative.items()}
        return {
            user: [
                name
                for name in streams
                if user in places and (name == leading[user] or since[name][places[user]] >= STANDS)
            ]
            for user, streams in relative.items()
        }

    def fresh_on(self, user: str, streams: Sequence[str], *, renews: bool = False) -> dt.date | None:
        """Return the last of the dates with new rows on which one of these streams of the account got new evidence.

        What only supports other evidence ``renews`` no finding: it would keep one going whose accesses were explained.
        """
        rows = self.added.filter(pl.col("user_id") == user)
        standing = self.of(user).streams
        left_out = SUPPORTING_STREAMS if renews else ()
        counted = [one for one in streams if standing[one] >= STANDS and one not in left_out]
        components = [name for one in counted for name in BY_ID[one].components]
        if rows.is_empty() or not components:
            return None
        gains = component_nats(rows)[:, [COMPONENTS.index(name) for name in components]].max(axis=1)
        dates = [date for date, gain in zip(rows["business_date"], gains, strict=True) if gain >= FRESH_NATS]
        return max(dates, default=None)


def standing_evidence(
    connection: duckdb.DuckDBPyConnection, context: ScoringContext, holders: Holders | None = None
) -> StandingEvidence:
    """Accumulate the evidence of the window and set it against the thresholds that this history calibrates.

    Users are the ``holders`` of the accounts; by default as the staff table has them.
    """
    holders = holders or Holders.read(connection)
    days = rows.frame(
        connection,
        "from evidence_days where business_date <= $night and business_date > $since order by business_date, user_id",
        {"night": context.date, "since": context.date - dt.timedelta(days=WINDOW_DAYS)},
    )
    days = holders.by_holder(days)
    ended = ended_episodes(connection, context.date)
    cumulative = accumulate(days, context.date, ended)
    limits = alert_limits(connection, context, cumulative)
    relative = relative_evidence(cumulative, limits)
    new_days = days.filter(pl.col("business_date").is_in(context.new_dates))
    return StandingEvidence(
        night=context.date,
        cumulative=cumulative,
        relative=relative,
        totals=thresholds.combined(relative),
        limits=limits,
        active=days.filter(pl.col("business_date") == context.date)["user_id"].to_list(),
        days=days,
        added=added_evidence(connection, new_days, holders),
        ended=ended,
    )


def relative_evidence(cumulative: CumulativeEvidence, limits: Mapping[str, float]) -> dict[str, Floats]:
    """Return the evidence of all accounts by stream, in units of the alert threshold, that of supports capped."""
    relative = {name: np.round(values / limits[name], 6) for name, values in cumulative.values.items()}
    return relative | {name: np.minimum(relative[name], SUPPORT_LIMIT) for name in SUPPORTING_STREAMS}


def alert_limits(
    connection: duckdb.DuckDBPyConnection, context: ScoringContext, cumulative: CumulativeEvidence
) -> dict[str, float]:
    """Return stream → evidence (nats) for an alert: calibrated on accounts without an alert, or as the context says."""
    alerting = context.settings.alerting
    guilty = set(frame(connection, "findings", "alerted_accounts.sql", cleared=[])["holder"])
    limits = thresholds.calibrated(
        cumulative,
        [user not in guilty for user in cumulative.users],
        alerting.budget * (1 - alerting.random_share),
        (context.date - context.first_date).days,
        encounters_known=connection.execute("select count(*) > 0 from encounters").fetchall()[0][0],
    )
    return limits | {name: value for name, value in (context.limits or {}).items() if name in limits}


def ended_episodes(connection: duckdb.DuckDBPyConnection, night: dt.date) -> dict[str, dt.date]:
    """Return holder → the date up to which the evidence belongs to episodes that have ended."""
    quiet = night - dt.timedelta(days=QUIET_DAYS)
    ended = frame(connection, "findings", "ended_episodes.sql", closed=list(CLOSED_STATUSES), quiet=quiet)
    return dict(zip(ended["holder"].to_list(), ended["through"].to_list(), strict=True))


def cleared_users(connection: duckdb.DuckDBPyConnection, context: ScoringContext) -> frozenset[str]:
    """Return the holders of findings that rest on accesses which tonight's second look has explained."""
    values = {"judged": list(context.judged), "least": SUSPICIOUS_MICRONATS}
    return frozenset(frame(connection, "findings", "cleared_accounts.sql", **values)["holder"])
