"""Writes the context tables, as incomplete as such tables are."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from detector.simulator.patients import ENCOUNTER_KINDS, INPATIENT
from detector.simulator.staff import ALWAYS
from detector.simulator.vocabulary import DAY, NONE, PATIENT_FLAGS, ROLES, Flags, Ints, flag
from detector.simulator.writer import patient_ids, visit_ids

if TYPE_CHECKING:
    from detector.simulator.hospital import Hospital

CARE_TEAM_KEPT: Final = 0.9
"""Share of the care-team rows that reach the table."""


def _dates(start: dt.date, day: Ints) -> list[str | None]:
    """Return ISO dates of day numbers, null for days beyond the simulation's horizon."""
    return [None if abs(d) >= ALWAYS else (start + dt.timedelta(days=d)).isoformat() for d in np.asarray(day).tolist()]


def _times(start: dt.date, seconds: Ints) -> pl.Series:
    """Return local times of seconds from the start."""
    midnight = dt.datetime.combine(start, dt.time())
    frame = pl.DataFrame({"seconds": np.asarray(seconds, dtype=np.int64)})
    time = pl.lit(midnight) + pl.duration(seconds=pl.col("seconds"))
    return frame.select(time.dt.strftime("%Y-%m-%d %H:%M:%S")).to_series()


def _texts(values: pl.Series, position: Ints) -> pl.Series:
    """Return the text at each (non-negative) position."""
    return values.gather(pl.Series(np.asarray(position, dtype=np.int64)).cast(pl.UInt32))


def write_context(hospital: Hospital, directory: Path) -> None:
    """Write staff, patients, encounters, care_team, roster, approvals, vip and decoys."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, frame in {
        "staff": _staff(hospital),
        "patients": _patients(hospital),
        "encounters": _encounters(hospital),
        "care_team": _care_team(hospital),
        "roster": _roster(hospital),
        "approvals": _approvals(hospital),
        "vip": pl.DataFrame({"patient_id": _texts(patient_ids(hospital), hospital.patients.has(flag("vip")))}),
        "decoys": pl.DataFrame({"patient_id": _texts(patient_ids(hospital), hospital.decoys)}),
    }.items():
        frame.write_csv(directory / f"{name}.csv")


def _staff(hospital: Hospital) -> pl.DataFrame:
    accounts, start = hospital.accounts, hospital.plan.start
    names = [d.name for d in hospital.departments]
    roles = list(ROLES.values()) if hospital.plan.kind == "maternity" else list(ROLES)
    records = patient_ids(hospital).to_list()
    posted = {p.account: p for p in accounts.postings}
    rows: list[dict[str, str | None]] = []
    joined, ended = _dates(start, accounts.joined), _dates(start, accounts.ended)
    for at in range(len(accounts)):
        if at in accounts.unlisted:
            continue
        row: dict[str, str | None] = {
            "user_id": accounts.ids[at],
            "name": accounts.names[at],
            "department": names[int(accounts.listed_department[at])],
            "role": roles[int(accounts.role[at])],
            "account_type": accounts.account_type[at],
            "status": "left" if accounts.left[at] else "active",
            "start_date": joined[at],
            "end_date": ended[at],
            "patient_id": None if accounts.record[at] == NONE else records[int(accounts.record[at])],
            "manager_id": accounts.ids[int(accounts.manager[at])] if accounts.account_type[at] == "human" else None,
            "allowed_categories": accounts.allowed[at] or None,
        }
        if at in posted:
            earlier = posted[at]
            first, last = _dates(start, np.array([earlier.first_day, earlier.last_day]))
            rows.append(row | {"department": names[earlier.department], "start_date": first, "end_date": last})
            row["start_date"] = _dates(start, np.array([earlier.last_day + 1]))[0]
        rows.append(row)
    return pl.DataFrame(rows, schema=dict.fromkeys(rows[0], pl.String))


def _patients(hospital: Hospital) -> pl.DataFrame:
    patients = hospital.patients
    combined = [
        "|".join(n for i, n in enumerate(PATIENT_FLAGS) if bits >> i & 1) or None
        for bits in range(1 << len(PATIENT_FLAGS))
    ]
    frame = pl.DataFrame(
        {
            "patient_id": patient_ids(hospital),
            "birth_date": _times(hospital.plan.start, patients.born * DAY).str.slice(0, 10),
            "sex": _texts(pl.Series(["F", "M"]), patients.sex),
            "flags": _texts(pl.Series(combined, dtype=pl.String), patients.flags),
            "household_id": "H" + pl.Series(patients.household).cast(pl.String),
        }
    )
    return frame.sort("patient_id")


def _encounters(hospital: Hospital) -> pl.DataFrame:
    encounters, start = hospital.encounters, hospital.plan.start
    known = np.flatnonzero(encounters.start < hospital.end)
    chosen = encounters.take(known)
    closed = pl.Series(chosen.end < hospital.end)
    ends = _times(start, chosen.end)
    return pl.DataFrame(
        {
            "visit_id": _texts(visit_ids(hospital), known),
            "patient_id": _texts(patient_ids(hospital), chosen.patient),
            "department": _texts(pl.Series([d.name for d in hospital.departments]), chosen.department),
            "kind": _texts(pl.Series(list(ENCOUNTER_KINDS)), chosen.kind),
            "start": _times(start, chosen.start),
            "end": ends,
        }
    ).with_columns(pl.when(closed).then(pl.col("end")).otherwise(None).alias("end"))


def without_nurse_rows(hospital: Hospital) -> list[int]:
    """Return the wards whose care team names no nurse at all."""
    wards = hospital.with_shape("ward")
    rng = hospital.chance.generator("wards without nurse rows")
    return (
        sorted(int(w) for w in rng.choice(wards, size=min(len(wards) - 1, 1 + len(wards) // 8), replace=False))
        if len(wards) > 1
        else []
    )


def without_roster(hospital: Hospital) -> list[int]:
    """Return the departments that keep no roster."""
    rng = hospital.chance.generator("departments without roster")
    some = [d.index for d in hospital.departments if d.shape != "office"]
    return sorted(int(d) for d in rng.choice(some, size=1 + len(some) // 10, replace=False))


def _care_team(hospital: Hospital) -> pl.DataFrame:
    rng = hospital.chance.generator("care team")
    encounters, accounts = hospital.encounters, hospital.accounts
    silent = without_nurse_rows(hospital)
    stays = np.flatnonzero(
        (encounters.kind == INPATIENT) & (encounters.start < hospital.end) & (encounters.end > -20 * DAY)
    )
    rows = list(hospital.care)
    for who in (encounters.doctor, encounters.resident):
        known = stays[who[stays] >= 0]
        rows.append(
            (encounters.patient[known], who[known], encounters.start[known], encounters.end[known] + DAY, "attending")
        )
    patient, account, begin, finish = (np.concatenate([np.asarray(row[i]) for row in rows]) for i in range(4))
    relations = [row[4] for row in rows]
    relation = np.repeat(np.arange(len(rows)), [len(row[0]) for row in rows])
    nurse = np.array([name == "nurse" for name in relations])[relation]
    keep: Flags = rng.random(len(patient)) < CARE_TEAM_KEPT
    keep &= ~(nurse & np.isin(accounts.department[account], silent)) & (begin < hospital.end)
    order = np.flatnonzero(keep)
    order = order[np.lexsort((account[order], patient[order], begin[order]))]
    return pl.DataFrame(
        {
            "patient_id": _texts(patient_ids(hospital), patient[order]),
            "user_id": _texts(pl.Series(accounts.ids), account[order]),
            "start": _times(hospital.plan.start, begin[order]),
            "end": _times(hospital.plan.start, finish[order]),
            "relation": _texts(pl.Series(relations), relation[order]),
        }
    )


def _roster(hospital: Hospital) -> pl.DataFrame:
    roster, accounts = hospital.roster, hospital.accounts
    listed = np.isin(accounts.department[roster.account], without_roster(hospital), invert=True)
    rows = np.flatnonzero(listed & (roster.end > 0) & (roster.start < hospital.end))
    rows = rows[np.lexsort((roster.account[rows], roster.start[rows]))]
    return pl.DataFrame(
        {
            "user_id": _texts(pl.Series(accounts.ids), roster.account[rows]),
            "start": _times(hospital.plan.start, roster.start[rows]),
            "end": _times(hospital.plan.start, roster.end[rows]),
        }
    )


def _approvals(hospital: Hospital) -> pl.DataFrame:
    accounts, start = hospital.accounts, hospital.plan.start
    officers = [
        at
        for at in accounts.with_role("officer").tolist()
        if hospital.departments[int(accounts.department[at])].code == "QC"
    ]
    rows = [
        {
            "user_id": accounts.ids[a.account],
            "patterns": "|".join(a.patterns) or None,
            "start": _dates(start, np.array([a.first_day]))[0],
            "end": _dates(start, np.array([a.last_day]))[0],
            "approved_by": accounts.ids[next((o for o in officers if o != a.account), officers[0])],
            "reason": a.reason,
        }
        for a in hospital.approvals
    ]
    names = ("user_id", "patterns", "start", "end", "approved_by", "reason")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String))
