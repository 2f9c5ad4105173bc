"""Simulates one hospital from a plan to files: the deployment, and the truth beside it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from detector.simulator.accesses import together
from detector.simulator.attacks import Performed, perform
from detector.simulator.chance import Chance
from detector.simulator.configuration import write_configuration
from detector.simulator.context_files import without_roster, write_context
from detector.simulator.departments import departments
from detector.simulator.event_rows import Events, joined
from detector.simulator.hospital import Hospital
from detector.simulator.innocents import Arranged, act, arrange, delayed
from detector.simulator.leaks import leaks
from detector.simulator.places import places
from detector.simulator.population import population
from detector.simulator.sessions import Sessions, sessions
from detector.simulator.shifts import LONG, NIGHT, rota
from detector.simulator.staff import accounts
from detector.simulator.truth import AttackTruth, InnocentTruth, MaliciousEvent, Truth
from detector.simulator.vocabulary import DAY
from detector.simulator.work import clinics, oddities, offices, technical, wards
from detector.simulator.writer import WrittenLogs, is_emr, patient_ids, write_logs

if TYPE_CHECKING:
    from detector.simulator.plan import SimulationPlan


def truth_directory(directory: Path) -> Path:
    """Return where the truth about a deployment lies unless another place is asked for: beside it."""
    return directory.with_name(directory.name + "-truth")


def simulate(directory: Path, plan: SimulationPlan, truth_to: Path | None = None) -> Truth:
    """Write a synthetic hospital into `directory` and its truth into `<directory>-truth` (or `truth_to`).

    Returns the truth. Equal plans write equal bytes. Logs of an earlier simulation are replaced.
    """
    directory = directory.absolute()
    for old in (directory / "logs").glob("*.csv*"):
        old.unlink()
    hospital = found(plan)
    taken: set[int] = set()
    arranged = [] if plan.clean or not plan.hard else arrange(hospital, taken)
    normal = delayed(arranged, work(hospital))
    unusual = act(arranged)
    performed = [] if plan.clean else perform(hospital, taken)
    everything = joined([normal, *unusual, *(part.events for part in performed)])
    inside = (everything.time >= 0) & (everything.time < hospital.end)
    logged = sessions(
        everything.take(inside), hospital.accounts, hospital.places, hospital.chance.generator("sessions")
    )
    logged = _silenced(logged, performed)
    directory.mkdir(parents=True, exist_ok=True)
    written = write_logs(hospital, logged, directory / "logs")
    write_context(hospital, directory / "context")
    write_configuration(hospital, directory)
    truth = _truth(hospital, logged, written, performed, arranged)
    truth.write(truth_to or truth_directory(directory))
    return truth


def found(plan: SimulationPlan) -> Hospital:
    """Return the hospital before anybody works: departments, staff, rotas, patients."""
    chance = Chance(plan.seed)
    units = departments(plan.kind, plan.staff)
    staff = accounts(plan, units, chance)
    duties = rota(plan, units, staff, chance)
    patients, encounters, decoys = population(plan, units, staff, duties, chance)
    hospital = Hospital(plan, chance, units, staff, patients, encounters, duties, duties, places(units), decoys)
    # where no roster could explain it, nobody's last shift is a night
    unlisted = np.isin(duties.department, without_roster(hospital)) & np.isin(duties.kind, [NIGHT, LONG])
    hospital.roster = duties.take(~(unlisted & (duties.day == staff.ended[duties.account])))
    hospital.replace_duties(hospital.roster)
    return hospital


def work(hospital: Hospital) -> Events:
    """Return the log rows of everybody's normal work."""
    generator = hospital.chance.generator
    # the emergency room assigns its doctors first: others look after their own patients later
    emergencies = clinics.emergencies(hospital, generator("emergencies"))
    placed = technical.orders(hospital, generator("orders"))
    parts = [
        emergencies,
        wards.nursing(hospital, generator("nursing")),
        wards.desk(hospital, generator("desk")),
        wards.follow_up(hospital, generator("follow-up")),
        wards.oversight(hospital, generator("oversight")),
        wards.rounds(hospital, generator("rounds")),
        wards.consultations(hospital, generator("consultations")),
        clinics.appointments(hospital, generator("appointments")),
        clinics.from_home(hospital, generator("from home")),
        technical.served(hospital, placed, generator("served")),
        technical.interfaces(hospital, placed, generator("interfaces")),
        offices.front_desk(hospital, generator("front desk")),
        offices.reviews(hospital, generator("reviews")),
        oddities.looks(hospital, generator("looks")),
    ]
    planned = hospital.inside(together(parts))
    planned = together([planned, hospital.inside(oddities.slips(hospital, planned, generator("slips")))])
    rows = hospital.scribe.write(planned, generator("rows"))
    listed = offices.lists(hospital, generator("lists"))
    urgent = oddities.break_glass(hospital, planned, generator("break-glass"))
    apart = together(
        [
            technical.reprints(hospital, generator("reprints")),
            technical.stragglers(hospital, placed, generator("stragglers")),
        ]
    )
    return joined([rows, listed, urgent, hospital.scribe.write(apart, generator("rows of machines"))])


def _silenced(logged: Sessions, performed: list[Performed]) -> Sessions:
    """Take away the rows of log gaps."""
    keep = np.ones(len(logged.events), dtype=np.bool_)
    emr = is_emr(logged.events)
    for part in performed:
        if part.gap is not None:
            source, start, end = part.gap
            mine = emr if source == "emr" else ~emr
            keep &= ~(mine & (logged.events.time >= start) & (logged.events.time < end))
    if keep.all():
        return logged
    return replace(logged, events=logged.events.take(keep), session=logged.session[keep], station=logged.station[keep])


def _date(plan: SimulationPlan, day: int) -> str:
    return (plan.start + dt.timedelta(days=day)).isoformat()


def _truth(
    hospital: Hospital, logged: Sessions, written: WrittenLogs, performed: list[Performed], arranged: list[Arranged]
) -> Truth:
    plan, events = hospital.plan, logged.events
    names = patient_ids(hospital)
    midnight = dt.datetime.combine(plan.start, dt.time())
    malicious: list[MaliciousEvent] = []
    attacks: list[AttackTruth] = []
    for part in performed:
        rows = np.flatnonzero(events.label == part.label)
        touched = np.unique(events.patient[rows])
        touched = touched[touched >= 0]
        days = np.floor_divide(events.time[rows], DAY)
        first = int(days.min()) if len(rows) else part.first_day
        last = int(days.max()) if len(rows) else part.last_day
        users = (
            part.accounts
            if part.gap is not None
            else list(dict.fromkeys([*part.accounts, *np.unique(events.account[rows]).tolist()]))
        )
        attacks.append(
            AttackTruth(
                part.id,
                part.scenario.id,
                _date(plan, first),
                _date(plan, last),
                part.intensity,
                part.scenario.patterns,
                tuple(hospital.accounts.ids[a] for a in users),
                len(rows),
                len(touched),
                int(events.count[rows].sum()),
            )
        )
        malicious += [
            MaliciousEvent(
                part.id,
                written.ids[row],
                (midnight + dt.timedelta(seconds=int(events.time[row]))).isoformat(sep=" "),
                hospital.accounts.ids[int(events.account[row])],
                "" if events.patient[row] < 0 else names[int(events.patient[row])],
            )
            for row in rows.tolist()
        ]
    return Truth(
        start=plan.start.isoformat(),
        days=plan.days,
        staff=len(hospital.accounts),
        seed=plan.seed,
        rows={"unique": written.unique, "duplicates": written.duplicates, "malformed": written.malformed},
        attacks=tuple(attacks),
        hard_negatives=tuple(
            InnocentTruth(
                part.id,
                part.kind,
                _date(plan, part.first_day),
                _date(plan, part.last_day),
                tuple(hospital.accounts.ids[a] for a in part.accounts),
            )
            for part in arranged
        ),
        leaks=leaks(hospital, logged, attacks, malicious),
        events=tuple(malicious),
    )
