"""What the store holds about the accounts of a night's findings: evidence, policies, days, peers and events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

import duckdb
import polars as pl

from detector.database.queries import frame, rows
from detector.database.rows import registered
from detector.detection.accumulation import MICRO, WINDOW_DAYS
from detector.detection.features import FEATURES
from detector.detection.likelihood import PEER_DAYS
from detector.detection.present_holders import MARK
from detector.detection.streams import ACCESS_COMPONENTS, BY_ID, POLICY_STREAMS
from detector.findings.decoys import decoy_records
from detector.findings.exported_lists import ExportedLists
from detector.findings.finding_writer import with_kept_events
from detector.findings.holders import Holders, account_of
from detector.model.findings import EVENT_LIMIT, Exposure, Identity, Subject, exceeds
from detector.model.policy_sentences import fired_together

DAYS_BEFORE: Final = 14
"""Days before a finding's window that are kept with it."""
LEAST_PEERS: Final = 2
LEAST_NATS: Final = 0.05
"""A day that adds less is none of those that a daily stream rests on."""
DIGITS: Final = 3
DECOY: Final = "decoy-access"
EXPORT: Final = "export"


@dataclass(frozen=True, slots=True)
class FindingWindow:
    """What a finding about an account rests on, from ``start`` to ``end``; ``user_id`` is its holder, see `Holders`.

    ``suspicions`` are the suspicious patient-days, the strongest first, with ``micronats``: the most that each adds
    to one of the ``streams`` that the finding is about. ``policies`` are the fired policies, in the order of dates.
    """

    user_id: str
    start: dt.date
    end: dt.date
    suspicions: pl.DataFrame
    policies: pl.DataFrame
    streams: tuple[str, ...] = ()

    @property
    def fired(self) -> dict[str, dict[str, Any]]:
        """What each policy fired on over all dates of the window, by its id, as one row of ``policy_days``."""
        by_policy = self.policies.sort("policy_id", "business_date").partition_by("policy_id", as_dict=True)
        return {str(policy): fired_together(days.to_dicts()) for (policy,), days in sorted(by_policy.items())}

    @property
    def policy_events(self) -> pl.DataFrame:
        """Column ``event_id``: the events that policies fired on."""
        return self.policies.select(event_id="event_ids").explode("event_id").drop_nulls().unique().sort("event_id")

    @property
    def micronats(self) -> int:
        """What the suspicious patient-days add together."""
        return int(self.suspicions["micronats"].sum())


class FeatureMeans(NamedTuple):
    """A feature per day at work, which is a day with accesses: in a window, the account's own before, and its peers'.

    ``value`` is ``total`` by ``days``: the sum over the window's days at work, and how many these are. ``own_days`` and
    ``peer_days`` say of how many days at work the two others are means; on ``shown_days`` of the window it shows.
    """

    value: float
    own: float | None
    peers: float | None
    days: int
    total: int
    own_days: int
    peer_days: int
    shown_days: int

    @property
    def stands_out(self) -> bool:
        """Whether the value lies above what is usual, for the account or its peers; true where neither is known."""
        known = [usual for usual in (self.own, self.peers) if usual is not None]
        return not known or any(exceeds(self.value, usual) for usual in known)


class FindingData:
    """Reads what the findings of one night need; each table is read once for all accounts concerned.

    An account stands for its holder of a date, see :class:`Holders`: ``users`` are such, and so is every ``user_id``.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        night: dt.date,
        users: Iterable[str],
        sentences: Mapping[str, str] | None = None,
        holders: Holders | None = None,
    ) -> None:
        self.connection, self.night = connection, night
        self.holders = holders or Holders.read(connection)
        self.users = sorted({account_of(user) for user in users})
        self.sentences = sentences or {}
        self.oldest = night - dt.timedelta(days=WINDOW_DAYS)

    def _read(self, name: str, **values: object) -> pl.DataFrame:
        return self.holders.by_holder(frame(self.connection, "findings", name, **values))

    @cached_property
    def account_days(self) -> pl.DataFrame:
        """Account-days of everybody within the window."""
        return self._read("account_days.sql", oldest=self.oldest, night=self.night)

    @cached_property
    def suspicions(self) -> pl.DataFrame:
        """Suspicious patient-days of the accounts concerned."""
        return with_components(self._read("suspicions.sql", users=self.users, oldest=self.oldest, night=self.night))

    @cached_property
    def policies(self) -> pl.DataFrame:
        """Fired policies of the accounts concerned, of all dates: a sentence tells its whole episode."""
        return self.holders.by_holder(fired_policies(self.connection, self.users, self.night, self.sentences))

    @cached_property
    def evidence_days(self) -> pl.DataFrame:
        """Daily evidence of the accounts concerned."""
        return self._read("evidence_days.sql", users=self.users, oldest=self.oldest, night=self.night)

    @cached_property
    def relation_days(self) -> pl.DataFrame:
        """Patients per account, date and label of the relation view."""
        return self._read("relation_days.sql", users=self.users, oldest=self.oldest, night=self.night)

    @cached_property
    def first_dates(self) -> dict[str, dt.date]:
        """The first business date of the accounts concerned, whoever held them."""
        found = frame(self.connection, "findings", "first_dates.sql", users=self.users)
        return dict(zip(found["user_id"].to_list(), found["first_seen_on"].to_list(), strict=True))

    @cached_property
    def newest_findings(self) -> dict[str, str]:
        """The id of the newest finding about each holder, before tonight's are stored."""
        found = frame(self.connection, "findings", "newest_findings.sql", users=self.users)
        return dict(zip(found["holder"].to_list(), found["finding_id"].to_list(), strict=True))

    @cached_property
    def first_date(self) -> dt.date:
        """The first business date of the whole history."""
        first = self.connection.execute("select min(first_seen_on) from account_spans").fetchall()[0][0]
        return first if isinstance(first, dt.date) else self.night

    @cached_property
    def usual_patients(self) -> pl.DataFrame:
        """Patients of the accounts concerned per date, and those among them that are only usual for the unit."""
        return self._read("usual_patients.sql", users=self.users, oldest=self.oldest, night=self.night)

    @cached_property
    def decoys(self) -> frozenset[str]:
        """The records that are decoys, or were when an account opened them."""
        return decoy_records(self.connection)

    def exported(self, window: FindingWindow) -> ExportedLists:
        """Return the lists of the days that the finding rests on: none where it is not about exports."""
        if EXPORT not in window.streams:
            return ExportedLists([])
        dates = self.evidence_dates(window.user_id, window.start, EXPORT).filter(pl.col("business_date") <= window.end)
        return ExportedLists.of(self.account_days, window.user_id, dates["business_date"].to_list())

    def shows(self, window: FindingWindow, stream: str) -> bool:
        """Tell whether the finding's own accesses or lists show a stream's evidence; a rare day is no access."""
        if stream not in window.streams:
            return False
        components = [name for name in BY_ID[stream].components if name in ACCESS_COMPONENTS]
        if components:
            return bool((window.suspicions.select(pl.max_horizontal(components)).to_series() > 0).any())
        return stream in POLICY_STREAMS or (stream == EXPORT and bool(self.exported(window).days))

    def identity(self, holder: str, date: dt.date) -> Identity:
        """Return what a finding about a holder whose last evidence is of ``date`` says of whom it is about."""
        user = account_of(holder)
        found = rows(self.connection, "findings", "holder_on.sql", user=user, date=date, night=self.night)[0]
        return Identity(
            Subject.ACCOUNT,
            user_id=user,
            user_name=found["name"],
            department=found["department"],
            role=found["role"],
            account_type=found["account_type"] or "human",
        )

    def first_seen_on(self, holder: str) -> dt.date | None:
        """Return the first business date of the account, or since when a later holder has it."""
        return self.holders.since(holder) or self.first_dates.get(account_of(holder))

    def window(self, user: str, start: dt.date, streams: Iterable[str], end: dt.date | None = None) -> FindingWindow:
        """Return what a finding rests on from ``start`` to ``end``: suspicions that add to one of ``streams``.

        ``end`` is the night by default; late rows, and a second look that brings nothing new, end it earlier.
        """
        end = end or self.night
        within = (pl.col("user_id") == user) & pl.col("business_date").is_between(start, end)
        named = tuple(streams)
        suspicions = self.suspicions_for(user, start, named).filter(pl.col("business_date") <= end)
        return FindingWindow(user, start, end, suspicions, self.policies.filter(within), named)

    def suspicions_for(self, user: str, start: dt.date, streams: Iterable[str]) -> pl.DataFrame:
        """Return the suspicious patient-days since ``start``, the strongest first.

        ``micronats`` is the most that one adds to one of the ``streams``, in millionths of a nat; those that add
        nothing are left out.
        """
        rows = self.suspicions.filter((pl.col("user_id") == user) & (pl.col("business_date") >= start))
        components = [name for stream in streams for name in BY_ID[stream].components if name in ACCESS_COMPONENTS]
        if not components:
            return rows.with_columns(micronats=pl.lit(0, pl.Int64)).head(0)
        return (
            rows.with_columns(micronats=pl.max_horizontal(components))
            .filter(pl.col("micronats") > 0)
            .sort("micronats", "business_date", "patient_id", descending=[True, False, False])
        )

    def stream_days(self, user: str, start: dt.date, stream: str) -> list[float]:
        """Return what each day since ``start`` adds to a daily stream (nats, up to its cap), the strongest first."""
        return sorted(self.evidence_dates(user, start, stream)["nats"].to_list(), reverse=True)

    def evidence_dates(self, user: str, start: dt.date, stream: str) -> pl.DataFrame:
        """Return ``business_date, nats``: the days since ``start`` that a daily stream rests on."""
        (component,) = BY_ID[stream].components
        rows = self.evidence_days.filter((pl.col("user_id") == user) & (pl.col("business_date") >= start))
        added = (pl.col(component).fill_null(0) / MICRO).clip(upper_bound=BY_ID[stream].daily_cap)
        return rows.select("business_date", nats=added).filter(pl.col("nats") >= LEAST_NATS)

    def exposure(self, window: FindingWindow, evidence: pl.DataFrame) -> Exposure:
        """Return how much was touched; ``evidence`` are the finding's events (:meth:`evidence`)."""
        fired = window.fired.values()
        named = {*window.suspicions["patient_id"], *(patient for one in fired for patient in one["patient_ids"])}
        touched = max([len(named), *(one["patients"] for one in fired)])
        decoys = max([len(named & self.decoys), *(one["patients"] for one in fired if one["pattern"] == DECOY)])
        besides = policy_accesses(window, evidence)["accesses"].sum()
        return Exposure(
            patients=touched - decoys,
            decoys=decoys,
            records=max([touched + self.exported(window).records, *(one["records"] for one in fired)]),
            accesses=max([int(window.suspicions["accesses"].sum()) + besides, *(one["accesses"] for one in fired)]),
        )

    def evidence(self, finding_id: str, window: FindingWindow) -> pl.DataFrame:
        """Return the finding's events, those that were kept earlier among them, the policies' own first.

        Rows that were kept stay, since their logs may be gone; those of accesses that are explained by now, or add
        nothing any more, do not: the finding counts its exposure without them. Of the policies only tonight's events
        are there anew.
        """
        found = finding_events(
            self.connection, window.suspicions.with_columns(weight=pl.col("micronats")), window.policy_events
        )
        lists = self.exported(window)
        if lists.days:
            found = pl.concat([lists.events(self.connection, account_of(window.user_id)).cast(found.schema), found])
        merged = self._standing_events(window, with_kept_events(self.connection, finding_id, found))
        of_policy = pl.col("event_id").is_in(window.policy_events["event_id"].implode())
        first = merged.filter(of_policy).sort("local_time", "event_id")
        return pl.concat([first, merged.filter(~of_policy)])

    def _standing_events(self, window: FindingWindow, events: pl.DataFrame) -> pl.DataFrame:
        """Leave out the events of patient-days that are judged still and no longer suspicious, but for policies'."""
        events = events.filter(pl.col("local_time").dt.date() < self.holders.until(window.user_id))
        dated = events.with_columns(business_date=pl.col("local_time").dt.date())
        stands = dated.join(window.suspicions, on=["business_date", "patient_id"], how="semi")["event_id"]
        return events.filter(
            pl.col("event_id").is_in(stands.implode())
            | pl.col("event_id").is_in(window.policy_events["event_id"].implode())
            | pl.col("patient_id").is_null()
            | (pl.col("local_time").dt.date() < self.oldest)
        )

    def days(self, window: FindingWindow, evidence: pl.DataFrame) -> pl.DataFrame:
        """Return the finding's days: accesses and patients, those that it is about, and the evidence (nats) of the day.

        It is about suspicious accesses and those that policies fired on; ``evidence`` are the finding's events.
        """
        first = window.start - dt.timedelta(days=DAYS_BEFORE)
        days = self.account_days.filter(
            (pl.col("user_id") == window.user_id) & pl.col("business_date").is_between(first, window.end)
        ).select("business_date", "accesses", "patients")
        suspicious = window.suspicions.group_by("business_date").agg(
            suspicious_accesses=pl.col("accesses").sum(),
            suspicious_patients=pl.col("patient_id").n_unique(),
            evidence=(pl.col("micronats").sum() / MICRO).round(3),
        )
        counted = ("suspicious_accesses", "suspicious_patients", "evidence", "accesses_besides", "patients_besides")
        return (
            days.join(suspicious, on="business_date", how="full", coalesce=True)
            .join(
                policy_accesses(window, evidence).rename(
                    {"accesses": "accesses_besides", "patients": "patients_besides"}
                ),
                on="business_date",
                how="full",
                coalesce=True,
            )
            .with_columns(pl.col("accesses", "patients", *counted).fill_null(0))
            .with_columns(
                suspicious_accesses=pl.col("suspicious_accesses") + pl.col("accesses_besides"),
                suspicious_patients=pl.col("suspicious_patients") + pl.col("patients_besides"),
            )
            .with_columns(
                accesses=pl.max_horizontal("accesses", "suspicious_accesses"),
                patients=pl.max_horizontal("patients", "suspicious_patients"),
            )
            .select("business_date", "accesses", "patients", "suspicious_accesses", "suspicious_patients", "evidence")
            .sort("business_date")
            .cast({"suspicious_accesses": pl.Int64, "suspicious_patients": pl.Int64, "evidence": pl.Float64})
        )

    def means(self, window: FindingWindow) -> dict[str, FeatureMeans]:
        """Return feature → its figures per day at work: in the window, before it, and of the account's peers."""
        own = self.account_days.filter(pl.col("user_id") == window.user_id)
        inside = own.filter(pl.col("business_date").is_between(window.start, window.end))
        before = own.filter(pl.col("business_date") < window.start)
        peers = self.peer_days(window.user_id, inside if inside.height else own)
        return {
            feature.id: FeatureMeans(
                _mean(inside, feature.id) or 0.0,
                _mean(before, feature.id),
                _mean(peers, feature.id),
                _counted(inside, feature.id),
                int(inside[feature.id].sum()),
                _counted(before, feature.id),
                _counted(peers, feature.id),
                inside.filter(pl.col(feature.id) > 0).height,
            )
            for feature in FEATURES
        }

    def peer_days(self, user: str, own: pl.DataFrame) -> pl.DataFrame:
        """Return the account-days of the account's peers in the weeks before the night.

        Peers are people of the department and role of the last of its ``own`` days, or of the role where the
        department has too few; of an account that is no person's the like, within the department alone: each
        interface has a task of its own.
        """
        if own.is_empty():
            return own
        department, role, kind = own.select("department", "role", "account_type").row(-1)
        others = self.account_days.filter(
            (pl.col("user_id") != user)
            & (pl.col("account_type") == kind)
            & (pl.col("business_date") > self.night - dt.timedelta(days=PEER_DAYS))
        )
        near = others.filter((pl.col("department") == department) & (pl.col("role") == role))
        if near["user_id"].n_unique() >= LEAST_PEERS:
            return near
        return others.filter(pl.col("role") == role) if kind == "human" else near.head(0)


def with_components(suspicions: pl.DataFrame) -> pl.DataFrame:
    """Return rows of ``suspicions`` with every component; one that was declared after them is nothing."""
    missing = [name for name in ACCESS_COMPONENTS if name not in suspicions.columns]
    declared = (pl.lit(0, dtype=pl.Int64).alias(name) for name in missing)
    known = pl.col([name for name in ACCESS_COMPONENTS if name not in missing]).fill_null(0)
    return suspicions.with_columns(known, *declared)


def finding_events(
    connection: duckdb.DuckDBPyConnection, accesses: pl.DataFrame, policy_events: pl.DataFrame
) -> pl.DataFrame:
    """Return the events behind suspicious patient-days and policies, at most :data:`EVENT_LIMIT`.

    ``accesses``: rows of ``suspicions`` with a ``weight``, the strongest have the largest; ``policy_events``:
    ``event_id``. Policies' events come first. Columns are those of ``finding_events`` but ``finding_id`` and ``rank``.
    """
    wanted = accesses.select(
        "business_date",
        pl.col("user_id").str.split(MARK).list.first(),
        "patient_id",
        pl.col("relation").alias("explanation"),
        "surprisal",
        "weight",
    )
    with registered(connection, wanted_accesses=wanted, wanted_events=policy_events):
        return frame(connection, "findings", "events.sql", limit=EVENT_LIMIT)


def fired_policies(
    connection: duckdb.DuckDBPyConnection, users: Sequence[str], night: dt.date, sentences: Mapping[str, str]
) -> pl.DataFrame:
    """Return the rows of ``policy_days`` of these accounts up to a night, in the order of dates.

    Dates that an earlier version asked about have no words: ``sentences`` are those of the policies now, by id.
    """
    rows = frame(connection, "findings", "fired_policies.sql", users=list(users), night=night)
    words = pl.col("policy_id").replace_strict(sentences, default=None, return_dtype=pl.String)
    return rows.with_columns(sentence=pl.coalesce("sentence", words))


def policy_accesses(window: FindingWindow, evidence: pl.DataFrame) -> pl.DataFrame:
    """Return what policies fired on beside the suspicious accesses: ``business_date, accesses, patients``.

    An access is what the account did with one patient within one minute; ``evidence`` are the finding's events.
    """
    return (
        evidence.join(window.policy_events, on="event_id", how="semi")
        .filter(pl.col("patient_id").is_not_null(), ~pl.col("action").is_in(NO_ACCESS))
        .with_columns(business_date=pl.col("local_time").dt.date(), minute=pl.col("local_time").dt.truncate("1m"))
        .join(window.suspicions, on=["business_date", "patient_id"], how="anti")
        .group_by("business_date")
        .agg(accesses=pl.struct("patient_id", "minute").n_unique(), patients=pl.col("patient_id").n_unique())
        .cast({"accesses": pl.Int64, "patients": pl.Int64})
    )


NO_ACCESS: Final = ("login", "logout", "other")
"""Actions that show no record and no list."""
NO_EVENTS: Final = pl.DataFrame(schema={"event_id": pl.String})


def _mean(days: pl.DataFrame, name: str) -> float | None:
    """Return a feature's mean over the days that have it: those before it was declared do not."""
    counted = _counted(days, name)
    return round(float(days[name].sum()) / counted, DIGITS) if counted else None


def _counted(days: pl.DataFrame, name: str) -> int:
    """Return how many days have a feature."""
    return days.height - days[name].null_count()
