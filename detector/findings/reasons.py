"""Why an account stands out, in numbers that a sceptical reader can recompute, and what speaks for the person.

A reason is one feature: its mean per working day in the finding's window, beside the account's own mean before the
window and the mean of its peers (same department and role, otherwise same role) in the weeks before the night.
Contributions are shares of the evidence: each suspicious access gives what it adds to the features it counts for, in
equal parts; streams that judge days give theirs to the one feature they rest on. They sum to one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cached_property
from typing import Any, Final

import duckdb
import polars as pl

from detector.detection.accumulation import MICRO, WINDOW_DAYS
from detector.detection.features import FEATURES
from detector.detection.streams import BY_ID, STREAMS, offset
from detector.model.relations import WITH_CARE

PEER_DAYS: Final = 28
REASONS_KEPT: Final = 12
DAILY_FEATURES: Final = {"export": "exported_records", "unusual": "unusual_days"}
DIGITS: Final = 3


class ReasonData:
    """What the findings of one night are explained from; each table is read once for all accounts concerned."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, night: dt.date, users: list[str]) -> None:
        self.connection, self.night, self.users = connection, night, sorted(set(users))
        self.oldest = night - dt.timedelta(days=WINDOW_DAYS)

    def read(self, sql: str) -> pl.DataFrame:
        """Run a query over the accounts concerned; ``$users``, ``$oldest`` and ``$night`` are known to it."""
        known = {"users": self.users, "oldest": self.oldest, "night": self.night}
        given = {name: value for name, value in known.items() if f"${name}" in sql}
        found: pl.DataFrame = self.connection.sql(sql, params=given).pl()
        return found

    @cached_property
    def account_days(self) -> pl.DataFrame:
        """Account-days of everybody within the window."""
        return self.read(
            "from account_days where business_date between $oldest and $night order by business_date, user_id"
        )

    @cached_property
    def all_suspicions(self) -> pl.DataFrame:
        """Suspicions of the accounts concerned."""
        return self.read(
            "from suspicions where user_id in (select unnest($users)) and business_date between $oldest and $night"
            " order by business_date, user_id, patient_id"
        )

    @cached_property
    def all_policies(self) -> pl.DataFrame:
        """Fired policies of the accounts concerned."""
        return self.read(
            "from policy_days where user_id in (select unnest($users)) and business_date between $oldest and $night"
            " order by business_date, user_id, policy_id"
        )

    @cached_property
    def evidence_days(self) -> pl.DataFrame:
        """Daily evidence of the accounts concerned."""
        return self.read(
            "select business_date, user_id, increments from evidence_days where user_id in (select unnest($users))"
            " and business_date between $oldest and $night order by business_date, user_id"
        )

    @cached_property
    def relation_days(self) -> pl.DataFrame:
        """Patients per account, date and label of the relation view."""
        return self.read(
            "select business_date, user_id, label, patients from label_days where view = 'relation'"
            " and user_id in (select unnest($users)) and business_date between $oldest and $night order by all"
        )

    @cached_property
    def accounts(self) -> dict[str, dict[str, Any]]:
        """Name, department, role and type of the accounts concerned, as last known."""
        rows = self.read(
            "select user_id, name, department, role, account_type, first_seen_on from account_spans"
            " where user_id in (select unnest($users)) order by user_id"
        )
        return {row["user_id"]: row for row in rows.iter_rows(named=True)}

    @cached_property
    def ended(self) -> dict[str, str]:
        """The newest earlier finding of each account."""
        rows = self.read(
            "select user_id, arg_max(finding_id, detected_on) as finding_id from findings"
            " where user_id in (select unnest($users)) group by user_id order by user_id"
        )
        return dict(zip(rows["user_id"].to_list(), rows["finding_id"].to_list(), strict=True))

    @cached_property
    def first_date(self) -> dt.date:
        """The first business date of the whole history."""
        found = self.connection.execute("select min(first_seen_on) from account_spans").fetchall()[0][0]
        return found if isinstance(found, dt.date) else self.night

    @cached_property
    def everybodys_suspicions(self) -> pl.DataFrame:
        """Suspicious patients per account of everybody in the last two weeks."""
        found: pl.DataFrame = self.connection.sql(
            "select user_id, department, role, count(distinct patient_id) as patients from suspicions"
            " where business_date between $since and $night group by all order by all",
            params={"since": self.night - dt.timedelta(days=13), "night": self.night},
        ).pl()
        return found

    def colleagues_alike(self, user: str) -> int:
        """Return how many colleagues of the unit show at least half as many suspicious patients in the last weeks."""
        mine = self.everybodys_suspicions.filter(pl.col("user_id") == user)
        if mine.is_empty():
            return 0
        row = mine.row(0, named=True)
        return self.everybodys_suspicions.filter(
            (pl.col("user_id") != user)
            & (pl.col("department") == row["department"])
            & (pl.col("role") == row["role"])
            & (pl.col("patients") >= max(3.0, row["patients"] / 2))
        ).height

    def account(self, user: str) -> dict[str, Any]:
        """Return the finding's columns that say whom it is about."""
        known = self.accounts.get(user, {})
        return {
            "user_name": known.get("name"),
            "department": known.get("department"),
            "role": known.get("role"),
            "account_type": known.get("account_type") or "human",
        }

    def previous_finding(self, user: str) -> str | None:
        """Return the id of the account's newest earlier finding."""
        return self.ended.get(user)

    def fired_policies(self, user: str, start: dt.date, end: dt.date) -> pl.DataFrame:
        """Return the account's fired policies within the window."""
        return self.all_policies.filter((pl.col("user_id") == user) & pl.col("business_date").is_between(start, end))

    def suspicions(self, user: str, start: dt.date, streams: list[str]) -> pl.DataFrame:
        """Return the suspicious accesses in the window with ``nats``: the most that they add to one of the streams."""
        rows = self.all_suspicions.filter((pl.col("user_id") == user) & (pl.col("business_date") >= start))
        places = [place for name in streams for place in range(offset(name), offset(name) + BY_ID[name].components)]
        if not places:
            return rows.with_columns(nats=pl.lit(0.0)).head(0)
        best = pl.max_horizontal(pl.col("evidence").list.get(place) for place in places)
        return (
            rows.with_columns(nats=(best / MICRO).round(6))
            .filter(pl.col("nats") > 0)
            .sort("nats", "business_date", "patient_id", descending=[True, False, False])
        )

    def feature_shares(self, suspicions: pl.DataFrame) -> dict[str, float]:
        """Return feature → share of the suspicious patients that show it, weighted by what they add."""
        if suspicions.is_empty():
            return {}
        weight = float(suspicions["nats"].sum())
        named = suspicions.explode("features").drop_nulls("features").group_by("features").agg(pl.col("nats").sum())
        return {
            name: round(value / weight, 6)
            for name, value in sorted(zip(named["features"].to_list(), named["nats"].to_list(), strict=True))
        }

    def policy_patients(self, identity: str, events: pl.DataFrame) -> set[str]:
        """Return the patients of the events that policies fired on: tonight's among ``events``, and those kept."""
        kept = self.connection.sql(
            "select patient_id, surprisal from finding_events where finding_id = $id", params={"id": identity}
        ).pl()
        both = pl.concat([rows.select(pl.col("patient_id").cast(pl.String), "surprisal") for rows in (events, kept)])
        return set(both.filter(pl.col("surprisal").is_null())["patient_id"].drop_nulls())

    def exposure(
        self,
        user: str,
        suspicions: pl.DataFrame,
        policies: pl.DataFrame,
        start: dt.date,
        policy_patients: Iterable[str] = (),
    ) -> dict[str, int]:
        """Return how much was touched: distinct patients, records (exports count all that they returned), accesses.

        The events that are kept may be fewer than those that a policy counted on a day: the larger number stands.
        """
        exports = self.account_days.filter(
            (pl.col("user_id") == user) & (pl.col("business_date") >= start) & (pl.col("exported_records") >= 20)
        )
        together = len({*suspicions["patient_id"], *policy_patients})
        patients = max(together, int(policies["patients"].max() or 0))  # type: ignore[arg-type]
        exported = int(exports["exported_records"].sum())
        accesses = max(int(suspicions["accesses"].sum()), int(policies["accesses"].sum()))
        return {
            "patients": patients,
            "records": max(patients + exported, int(policies["records"].sum())),
            "accesses": accesses,
        }

    def events(self, suspicions: pl.DataFrame, policies: pl.DataFrame) -> pl.DataFrame:
        """Return the events of the suspicious accesses, the most telling first, with where they stand in the logs.

        Of the policies only tonight's events are there: earlier ones were kept when they fired.
        """
        wanted = suspicions.select(
            "business_date", "user_id", "patient_id", pl.col("relation").alias("explanation"), "surprisal", "nats"
        )
        facts = policies.select("event_ids").explode("event_ids").drop_nulls().unique().sort("event_ids")
        self.connection.register("wanted_accesses", wanted.to_arrow())
        self.connection.register("wanted_events", facts.rename({"event_ids": "event_id"}).to_arrow())
        found = self.connection.sql(
            """
            with by_policy as (
                select policy_events.*, null::varchar as explanation, null::integer as surprisal, 1000.0 as nats
                from policy_events
                semi join wanted_events using (event_id)
            ),

            by_access as (
                select suspicion_events.*, explanation, surprisal, nats
                from suspicion_events
                join wanted_accesses using (business_date, user_id, patient_id)
            ),

            all_events as (
                select event_id, local_time, patient_id, action, category, source, file_id, row_number, byte_position,
                    raw, explanation, surprisal, nats
                from by_policy
                union all
                select event_id, local_time, patient_id, action, category, source, file_id, row_number, byte_position,
                    raw, explanation, surprisal, nats
                from by_access
            )

            select
                event_id,
                local_time,
                patient_id,
                action,
                category,
                all_events.source,
                coalesce(files.path, '') as path,
                row_number,
                byte_position,
                raw,
                explanation,
                surprisal
            from all_events
            left join files using (file_id)
            qualify row_number() over (partition by event_id order by nats desc) = 1
            order by nats desc, local_time, event_id
            limit 1000
            """
        ).pl()
        self.connection.unregister("wanted_accesses")
        self.connection.unregister("wanted_events")
        return found  # type: ignore[no-any-return]

    def days(self, user: str, start: dt.date, end: dt.date, suspicions: pl.DataFrame) -> pl.DataFrame:
        """Return the finding's days: accesses and patients, the suspicious ones, and the evidence they added."""
        days = self.account_days.filter(
            (pl.col("user_id") == user) & pl.col("business_date").is_between(start - dt.timedelta(days=14), end)
        ).select("business_date", "accesses", "patients")
        marked = suspicions.group_by("business_date").agg(
            suspicious_accesses=pl.col("accesses").sum(),
            suspicious_patients=pl.col("patient_id").n_unique(),
            evidence=pl.col("nats").sum().round(3),
        )
        return (
            days.join(marked, on="business_date", how="left")
            .with_columns(pl.col("suspicious_accesses", "suspicious_patients", "evidence").fill_null(0))
            .sort("business_date")
            .cast({"suspicious_accesses": pl.Int64, "suspicious_patients": pl.Int64, "evidence": pl.Float64})
        )

    def means(self, user: str, start: dt.date, end: dt.date) -> dict[str, tuple[float, float | None, float | None]]:
        """Return feature → mean per working day in the window, the account's own before it, and its peers'."""
        names = [feature.id for feature in FEATURES]
        mine = self.account_days.filter(pl.col("user_id") == user)
        now = mine.filter(pl.col("business_date").is_between(start, end))
        before = mine.filter(pl.col("business_date") < start)
        peers = self.peers(user, now if now.height else mine)
        result = {}
        for name in names:
            value = _mean(now, name) or 0.0
            result[name] = (round(value, DIGITS), _rounded(_mean(before, name)), _rounded(_mean(peers, name)))
        return result

    def peers(self, user: str, mine: pl.DataFrame) -> pl.DataFrame:
        """Return the account-days of the account's peers in the weeks before the night."""
        if mine.is_empty():
            return mine
        department, role = mine["department"].to_list()[-1], mine["role"].to_list()[-1]
        others = self.account_days.filter(
            (pl.col("user_id") != user)
            & (pl.col("account_type") == "human")
            & (pl.col("business_date") > self.night - dt.timedelta(days=PEER_DAYS))
        )
        near = others.filter((pl.col("department") == department) & (pl.col("role") == role))
        if near["user_id"].n_unique() >= 2:
            return near
        return others.filter(pl.col("role") == role)


def _mean(days: pl.DataFrame, name: str) -> float | None:
    """Return a feature's mean over the days that have it: those before it was declared do not."""
    counted = days.height - days[name].null_count()
    return float(days[name].sum()) / counted if counted else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)


def reasons(
    data: ReasonData,
    user: str,
    start: dt.date,
    end: dt.date,
    suspicions: pl.DataFrame,
    standing: dict[str, float],
    policies: pl.DataFrame,
) -> list[dict[str, Any]]:
    """Return the reasons, strongest first: feature, value, baselines, contribution, and what their texts name."""
    weights: dict[str, float] = {}
    powers = {stream.id: max(0.0, standing.get(stream.id, 0.0)) ** 4 for stream in STREAMS}
    whole = sum(powers.values())
    by_access = sum(
        powers[name] for name in powers if name not in DAILY_FEATURES and name not in {"credentials", "break_glass"}
    )
    share_of_accesses = by_access / whole if whole > 0 else 1.0
    if suspicions.height:
        telling = suspicions.filter(pl.col("features").list.len() > 0)
        split = (
            telling.with_columns(part=pl.col("nats") / pl.col("features").list.len())
            .explode("features")
            .group_by("features")
            .agg(pl.col("part").sum())
            .sort("features")
        )
        total = float(split["part"].sum())
        for name, part in zip(split["features"].to_list(), split["part"].to_list(), strict=True):
            weights[name] = share_of_accesses * part / total if total else 0.0
    for stream, feature in DAILY_FEATURES.items():
        if whole > 0 and powers[stream] / whole >= 0.01:
            weights[feature] = weights.get(feature, 0.0) + powers[stream] / whole
    facts = policies.unique("policy_id", keep="last", maintain_order=True).sort("policy_id")
    if facts.height:
        scale = 1.0 if not weights else 0.5
        weights = {name: value * (1 - scale) for name, value in weights.items()}
        for policy in facts["policy_id"].to_list():
            weights[f"policy:{policy}"] = scale / facts.height
    return _listed(data, user, start, end, weights, facts, suspicions)


def _listed(
    data: ReasonData,
    user: str,
    start: dt.date,
    end: dt.date,
    weights: dict[str, float],
    facts: pl.DataFrame,
    suspicions: pl.DataFrame,
) -> list[dict[str, Any]]:
    """Turn weights into the list of reasons; contributions of the kept ones sum to one."""
    kept = sorted((item for item in weights.items() if item[1] > 0), key=lambda item: (-item[1], item[0]))[
        :REASONS_KEPT
    ]
    total = sum(weight for _, weight in kept)
    means = data.means(user, start, end)
    counted = {
        name: int(count)
        for name, count in suspicions.explode("features")
        .drop_nulls("features")
        .group_by("features")
        .agg(pl.col("patient_id").n_unique())
        .iter_rows()
    }
    result: list[dict[str, Any]] = []
    for name, weight in kept:
        value, own, peer = means.get(name, (0.0, None, None))
        reason: dict[str, Any] = {
            "feature": name,
            "value": value,
            "own_baseline": own,
            "peer_baseline": peer,
            "contribution": round(weight / total, 4),
            "patients": counted.get(name, 0),
        }
        if name.startswith("policy:"):
            policy = name.removeprefix("policy:")
            fired = facts.filter(pl.col("policy_id") == policy)
            reason |= {
                "value": float(fired["accesses"].to_list()[0]),
                "own_baseline": None,
                "peer_baseline": None,
                "texts": {"zh": fired["reason_zh"].to_list()[0], "en": fired["reason_en"].to_list()[0]},
            }
        result.append(reason)
    if result:
        result[0]["contribution"] = round(result[0]["contribution"] + 1 - sum(r["contribution"] for r in result), 4)
    return result


def explanations(
    data: ReasonData,
    user: str,
    start: dt.date,
    end: dt.date,
    suspicions: pl.DataFrame,
    policies: pl.DataFrame,
    patterns: list[str],
) -> list[dict[str, Any]]:
    """Return what speaks for the person: kind, share of the window's patients that it covers, and parameters."""
    labels = data.relation_days.filter((pl.col("user_id") == user) & pl.col("business_date").is_between(start, end))
    total = int(labels["patients"].sum())
    result: list[dict[str, Any]] = []
    if total:
        by_relation = (
            labels.with_columns(relation=pl.col("label").str.split("/").list.first())
            .group_by("relation")
            .agg(pl.col("patients").sum())
        )
        covered = sorted(
            ((name, int(count)) for name, count in by_relation.iter_rows() if name in WITH_CARE),
            key=lambda item: (-item[1], item[0]),
        )
        result += [
            {"kind": name, "share": round(count / total, 3), "patients": count}
            for name, count in covered
            if count / total >= 0.01
        ][:4]
    approved = suspicions.filter(pl.col("approved"))
    if approved.height:
        result.append({"kind": "approval", "share": round(approved.height / max(1, suspicions.height), 3)})
    approvals = policies["approval"].drop_nulls().unique().sort().to_list()
    result += [{"kind": "approved_policy", "share": None, "reason": approval} for approval in approvals]
    first_seen = data.accounts.get(user, {}).get("first_seen_on")
    if first_seen and (start - first_seen).days < 30 and (first_seen - data.first_date).days > 7:
        result.append({"kind": "new_account", "share": None, "since": str(first_seen)})
    alike = data.colleagues_alike(user)
    if alike:
        result.append({"kind": "colleagues_alike", "share": None, "colleagues": alike})
    result.append({"kind": "innocent_causes", "share": None, "pattern": patterns[0]})
    return result
