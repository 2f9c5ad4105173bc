"""Who comes to the hospital: mothers and newborns, outpatients, inpatients, emergencies, staff as patients, decoys."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from detector.simulator.chance import Chance, choose, spread
from detector.simulator.patients import EMERGENCY, INPATIENT, OUTPATIENT, Encounters, Patients
from detector.simulator.shifts import CLINIC, WARMUP_DAYS, Duties, DutyIndex
from detector.simulator.vocabulary import DAY, HOUR, MINUTE, NONE, ROLE, Flags, Ints, flag
from detector.simulator.working_days import working_days

if TYPE_CHECKING:
    from detector.simulator.departments import Department
    from detector.simulator.plan import SimulationPlan
    from detector.simulator.staff import Accounts

HISTORY_DAYS: Final = 60
"""Days before the start from which encounters exist."""

NOT_PREGNANT: Final = -(10**6)
DECOYS: Final = 6
ANTENATAL_DAYS: Final = (168, 140, 112, 91, 77, 63, 49, 35, 28, 21, 14, 7)
"""Days before the delivery on which a pregnant woman comes to the clinic."""


@dataclass
class _Register:
    """Collects patients and encounters before they are sorted and numbered."""

    born: list[Ints] = field(default_factory=list)
    sex: list[Ints] = field(default_factory=list)
    flags: list[Ints] = field(default_factory=list)
    household: list[Ints] = field(default_factory=list)
    due: list[Ints] = field(default_factory=list)
    mother: list[Ints] = field(default_factory=list)
    visits: list[tuple[Ints, Ints, Ints, Ints, Ints]] = field(default_factory=list)
    count: int = 0
    households: int = 0

    def admit(
        self,
        born: Ints,
        sex: Ints,
        flags: Ints | int = 0,
        household: Ints | None = None,
        due: Ints | None = None,
        mother: Ints | None = None,
    ) -> Ints:
        """Register new patients and return their indices."""
        size = len(born)
        if household is None:
            household = self.households + np.arange(size)
            self.households += size
        self.born.append(np.asarray(born, dtype=np.int64))
        self.sex.append(np.asarray(sex, dtype=np.int64))
        self.flags.append(np.broadcast_to(np.asarray(flags, dtype=np.int64), (size,)).copy())
        self.household.append(household)
        self.due.append(np.full(size, NOT_PREGNANT, dtype=np.int64) if due is None else due)
        self.mother.append(np.full(size, NONE, dtype=np.int64) if mother is None else mother)
        self.count += size
        return np.arange(self.count - size, self.count)

    def visit(self, patient: Ints, department: Ints | int, kind: int, start: Ints, end: Ints) -> None:
        """Record encounters."""
        size = len(patient)
        self.visits.append(
            (
                patient,
                np.broadcast_to(np.asarray(department, dtype=np.int64), (size,)),
                np.full(size, kind, dtype=np.int64),
                start.astype(np.int64),
                end.astype(np.int64),
            )
        )


def _clinic_hours(rng: np.random.Generator, day: Ints) -> Ints:
    """Return appointment times on the given days: mornings fuller than afternoons."""
    morning = rng.random(len(day)) < 0.64
    minutes = np.where(
        morning, rng.uniform(8 * 60 + 5, 11.6 * 60, len(day)), rng.uniform(13.5 * 60, 16.6 * 60, len(day))
    )
    return day * DAY + (minutes * MINUTE).astype(np.int64)


def _daily(rng: np.random.Generator, rate: float, weight: Ints) -> Ints:
    """Return day positions of arrivals at `rate` per day of weight 1, with days that are busier than others."""
    busy = rng.gamma(20.0, 1 / 20.0, len(weight))
    return spread(rng.poisson(rate * weight * busy))


def population(
    plan: SimulationPlan,
    departments: tuple[Department, ...],
    accounts: Accounts,
    duties: Duties,
    chance: Chance,
) -> tuple[Patients, Encounters, Ints]:
    """Return patients, encounters and the indices of the decoy records; staff get their own records."""
    register = _Register()
    first = -HISTORY_DAYS
    worked = working_days(plan.start, first, plan.days)
    weight = np.where(worked, 1.0, 0.3)
    obstetric = [d for d in departments if d.code == "OB"]
    neonatal = [d for d in departments if d.code == "NEO"]
    paediatric = [d for d in departments if d.code in ("PED", "CHC")]
    for unit in obstetric:
        rng = chance.generator(f"mothers {unit.index}")
        nurses = len(accounts.with_role("nurse", "midwife", department=unit.index))
        _mothers(register, rng, plan, unit, neonatal, paediatric, nurses, worked)
    for unit in departments:
        if unit.shape in ("technical", "office") or unit.code == "OB":
            continue
        rng = chance.generator(f"patients {unit.index}")
        doctors = len(accounts.with_role("doctor", "director", department=unit.index))
        nurses = len(accounts.with_role("nurse", department=unit.index))
        _others(register, rng, unit, doctors, nurses, weight, first)
    rng = chance.generator("records")
    _staff_as_patients(register, rng, accounts, plan)
    decoys = register.admit(rng.integers(-34 * 365, -24 * 365, DECOYS), np.zeros(DECOYS), flag("maternity"))
    patients, encounters = _settled(register, rng, decoys, plan)
    rng = chance.generator("doctors")
    _responsible(encounters, departments, accounts, duties, rng)
    _neonatologists(encounters, patients, departments, accounts, rng)
    return patients, encounters, decoys


def _mothers(
    register: _Register,
    rng: np.random.Generator,
    plan: SimulationPlan,
    unit: Department,
    neonatal: list[Department],
    paediatric: list[Department],
    nurses: int,
    worked: Flags,
) -> None:
    """Pregnancies of one obstetric unit: clinic visits, the delivery's stay, the newborn, the visit after six weeks."""
    horizon = plan.days + 70
    weight = np.ones(horizon + HISTORY_DAYS)
    deliver = _daily(rng, nurses * 1.2 / unit.stay_days, weight) - HISTORY_DAYS
    size = len(deliver)
    age = np.clip(rng.normal(30, 4.5, size), 18, 46)
    bits = flag("maternity") | np.where(rng.random(size) < 0.03, flag("infectious"), 0)
    mothers = register.admit((deliver - age * 365.25).astype(np.int64), np.zeros(size), bits, due=deliver)
    last = worked.size - HISTORY_DAYS
    visits = np.array(ANTENATAL_DAYS)
    starts_at = rng.integers(0, 6, size)  # some register late
    which = np.tile(np.arange(len(visits)), size)
    who = np.repeat(np.arange(size), len(visits))
    day = deliver[who] - visits[which] + rng.integers(-2, 3, len(who))
    keep = (which >= starts_at[who]) & (day >= -HISTORY_DAYS) & (day < last) & (rng.random(len(who)) < 0.9)
    who, day = who[keep], day[keep]
    after = np.flatnonzero(rng.random(size) < 0.7)
    who = np.concatenate([who, after])
    day = np.concatenate([day, deliver[after] + 42 + rng.integers(-4, 8, len(after))])
    keep = (day >= -HISTORY_DAYS) & (day < last)
    who, day = who[keep], day[keep]
    day = np.where(worked[day + HISTORY_DAYS] | (rng.random(len(day)) < 0.2), day, np.minimum(day + 2, last - 1))
    at = _clinic_hours(rng, day)
    register.visit(mothers[who], unit.index, OUTPATIENT, at, at + rng.integers(HOUR // 2, 3 * HOUR, len(at)))
    caesarean = rng.random(size) < 0.42
    moment = deliver * DAY + rng.integers(0, DAY, size)
    before = np.where(caesarean, rng.uniform(8, 30, size), rng.gamma(2.0, 5.0, size) + 1)
    stay = np.where(caesarean, rng.normal(4.3, 0.8, size), rng.normal(2.4, 0.6, size)).clip(1.2, 9)
    start = moment - (before * HOUR).astype(np.int64)
    leave_day = np.floor((moment + stay * DAY) / DAY).astype(np.int64)
    end = leave_day * DAY + rng.integers(9 * HOUR, 15 * HOUR, size)
    inside = (deliver < plan.days) & (start < plan.days * DAY)
    register.visit(mothers[inside], unit.index, INPATIENT, start[inside], end[inside])
    threatened = inside & (rng.random(size) < 0.08)  # an earlier stay of some
    lead = (start - rng.integers(12 * DAY, 50 * DAY, size))[threatened]
    register.visit(mothers[threatened], unit.index, INPATIENT, lead, lead + rng.integers(2 * DAY, 6 * DAY, len(lead)))
    born = np.flatnonzero(inside)
    births = _Births(mothers[born], register.household[-1][born], deliver[born], moment[born], end[born], unit.index)
    _newborns(register, rng, births, neonatal, paediatric, last)


@dataclass(frozen=True)
class _Births:
    """Births of one unit: mother, household, day, moment and the end of the mother's stay in seconds, department."""

    mother: Ints
    household: Ints
    day: Ints
    moment: Ints
    end: Ints
    department: int


def _newborns(
    register: _Register,
    rng: np.random.Generator,
    births: _Births,
    neonatal: list[Department],
    paediatric: list[Department],
    last: int,
) -> None:
    """Record the children: with the mother, or in neonatology; a check after some days and after six weeks."""
    size = len(births.mother)
    babies = register.admit(
        births.day, rng.integers(0, 2, size), flag("newborn"), household=births.household, mother=births.mother
    )
    ill = (rng.random(size) < 0.2) if neonatal else np.zeros(size, dtype=np.bool_)
    register.visit(babies[~ill], births.department, INPATIENT, births.moment[~ill], births.end[~ill])
    if neonatal:
        sick = int(ill.sum())
        ward = np.array([d.index for d in neonatal])[rng.integers(0, len(neonatal), sick)]
        admitted = births.moment[ill] + rng.integers(HOUR, 20 * HOUR, sick)
        length = (rng.gamma(3.0, 2.6, sick) + 2) * DAY
        discharged = np.floor((admitted + length) / DAY).astype(np.int64) * DAY + rng.integers(
            9 * HOUR, 15 * HOUR, sick
        )
        register.visit(babies[ill], ward, INPATIENT, admitted, np.maximum(discharged, admitted + 2 * HOUR))
    clinics = [d.index for d in (paediatric or neonatal)]
    if not clinics:
        return
    for lag, share in ((10, 0.35), (42, 0.55)):
        come = np.flatnonzero(rng.random(size) < share)
        day = births.day[come] + lag + rng.integers(-3, 5, len(come))
        keep = (day >= -HISTORY_DAYS) & (day < last)
        at = _clinic_hours(rng, day[keep])
        place = np.array(clinics)[rng.integers(0, len(clinics), len(at))]
        register.visit(babies[come[keep]], place, OUTPATIENT, at, at + rng.integers(HOUR // 2, 2 * HOUR, len(at)))


_AGES: Final = {"PED": (0, 14), "NEO": (0, 1), "CHC": (0, 7), "PSU": (0, 14), "GYN": (18, 70), "REP": (24, 44)}
_FLAGGED: Final = {"PSY": ("psychiatric", 0.9), "REP": ("reproductive", 0.95), "IDC": ("infectious", 0.8)}
_WOMEN: Final = ("GYN", "REP", "BRE")


def _others(
    register: _Register, rng: np.random.Generator, unit: Department, doctors: int, nurses: int, weight: Ints, first: int
) -> None:
    """Outpatients, inpatients or emergencies of one department; many come more than once."""
    low, high = _AGES.get(unit.code, (3, 88))
    if unit.shape == "emergency":
        day = _daily(rng, 3.2 * (doctors + nurses), np.ones(len(weight))) + first
        hour = choose(rng, np.array([2, 1, 1, 1, 1, 1, 2, 3, 5, 6, 6, 5, 4, 5, 5, 5, 5, 6, 8, 9, 9, 7, 5, 3]), len(day))
        at = day * DAY + hour * HOUR + rng.integers(0, HOUR, len(day))
        people = _pool(register, rng, len(day), 0.85, low, high, unit.code)
        register.visit(people, unit.index, EMERGENCY, at, at + rng.integers(HOUR, 8 * HOUR, len(at)))
        return
    rate = doctors * (6.0 if unit.shape == "ward" else 11.0)
    day = _daily(rng, rate if unit.code != "ICU" else 0.0, weight) + first
    people = _pool(register, rng, len(day), 0.62, low, high, unit.code)
    at = _clinic_hours(rng, day)
    register.visit(people, unit.index, OUTPATIENT, at, at + rng.integers(HOUR // 2, 3 * HOUR, len(at)))
    if unit.shape != "ward":
        return
    day = _daily(rng, nurses * 1.45 / unit.stay_days, np.where(weight > 0.5, 1.1, 0.75)) + first
    known = people[rng.integers(0, max(1, len(people)), len(day))] if len(people) else np.zeros(0, dtype=np.int64)
    fresh = _pool(register, rng, len(day), 1.0, low, high, unit.code)
    stayers = np.where(rng.random(len(day)) < 0.6, known, fresh) if len(known) else fresh
    at = day * DAY + rng.integers(8 * HOUR, 20 * HOUR, len(day))
    length = rng.gamma(2.2, unit.stay_days / 2.2, len(day)) + 0.6
    out = np.floor(at / DAY + length).astype(np.int64) * DAY + rng.integers(9 * HOUR, 16 * HOUR, len(day))
    register.visit(stayers, unit.index, INPATIENT, at, np.maximum(out, at + 6 * HOUR))


def _pool(
    register: _Register, rng: np.random.Generator, visits: int, distinct: float, low: float, high: float, code: str
) -> Ints:
    """Return a patient for each visit, from a pool of new patients of the right age and sex."""
    size = max(1, round(visits * distinct))
    bits = np.zeros(size, dtype=np.int64)
    name, chance = _FLAGGED.get(code, ("infectious", 0.008))
    bits |= np.where(rng.random(size) < chance, flag(name), 0)
    if code == "NEO":
        bits |= flag("newborn")
    age = rng.uniform(low, high, size)
    sex = np.zeros(size, dtype=np.int64) if code in _WOMEN else rng.integers(0, 2, size)
    people = register.admit((-age * 365.25).astype(np.int64), sex, bits)
    if distinct >= 1.0:
        return people[:visits]
    again = np.floor(rng.random(visits) ** 1.4 * size).astype(np.int64)
    again[:size] = np.arange(size)
    return np.asarray(people[rng.permutation(again)])


def _staff_as_patients(register: _Register, rng: np.random.Generator, accounts: Accounts, plan: SimulationPlan) -> None:
    """Half of the staff have a record; some live with a patient of the hospital; most have a visit or two."""
    people = np.flatnonzero(accounts.human)
    owners = people[rng.random(len(people)) < 0.5]
    sex = np.isin(accounts.role[owners], [ROLE["doctor"], ROLE["technician"], ROLE["it"]]) & (
        rng.random(len(owners)) < 0.5
    )
    records = register.admit(rng.integers(-58 * 365, -23 * 365, len(owners)), sex.astype(np.int64), flag("staff"))
    accounts.record[owners] = records
    own = register.household[-1]
    kin = np.flatnonzero(rng.random(len(owners)) < 0.7)
    register.admit(rng.integers(-70 * 365, -2 * 365, len(kin)), rng.integers(0, 2, len(kin)), 0, household=own[kin])
    family = np.arange(register.count - len(kin), register.count)
    clinics = np.unique(np.concatenate([v[1] for v in register.visits if len(v[1]) and v[2][0] == OUTPATIENT]))
    for group, chance in ((records, 0.6), (family, 0.8)):
        come = group[rng.random(len(group)) < chance]
        at = _clinic_hours(rng, rng.integers(-HISTORY_DAYS, plan.days, len(come)))
        register.visit(come, clinics[rng.integers(0, len(clinics), len(come))], OUTPATIENT, at, at + 2 * HOUR)


def _settled(
    register: _Register, rng: np.random.Generator, decoys: Ints, plan: SimulationPlan
) -> tuple[Patients, Encounters]:
    """Sort the encounters and number the patients by the day they were first registered."""
    columns = [np.concatenate([visit[part] for visit in register.visits]) for part in range(5)]
    patient, department, kind, start, end = columns
    order = np.lexsort((patient, start))
    unset = np.full(len(order), NONE, dtype=np.int64)
    encounters = Encounters(
        patient[order], department[order], kind[order], start[order], end[order], unset, unset.copy(), unset.copy()
    )
    seen = np.full(register.count, np.inf)
    np.minimum.at(seen, encounters.patient, encounters.start / DAY)
    mother = np.concatenate(register.mother)
    early = seen - rng.exponential(300.0, register.count) * (rng.random(register.count) < 0.5) * (mother < 0)
    registered = np.where(np.isinf(seen), rng.uniform(-200, plan.days * 0.3, register.count), early)
    registered[decoys] = rng.uniform(-120, -HISTORY_DAYS / 2, len(decoys))
    number = np.empty(register.count, dtype=np.int64)
    number[np.lexsort((np.arange(register.count), registered))] = np.arange(register.count)
    flags = np.concatenate(register.flags)
    patients = Patients(
        born=np.concatenate(register.born),
        sex=np.concatenate(register.sex),
        flags=flags,
        household=np.concatenate(register.household),
        due=np.concatenate(register.due),
        mother=mother,
        registered=registered,
        number=number,
    )
    famous = rng.choice(
        np.unique(encounters.patient[(encounters.kind == INPATIENT) & (encounters.start > 0)]), 3, replace=False
    )
    patients.flags[famous] |= flag("vip")
    return patients, encounters


def _responsible(
    encounters: Encounters,
    departments: tuple[Department, ...],
    accounts: Accounts,
    duties: Duties,
    rng: np.random.Generator,
) -> None:
    """Give every encounter its doctor (in the clinic: one who is on duty there), resident and bed."""
    physicians = np.isin(accounts.role, [ROLE["doctor"], ROLE["director"]])
    index = DutyIndex(duties, physicians, len(departments), -WARMUP_DAYS, int(duties.day.max()) + WARMUP_DAYS + 1)
    key = rng.integers(0, 1 << 30, len(encounters))
    encounters.bed[:] = rng.integers(1, 60, len(encounters))
    day = np.floor_divide(encounters.start, DAY)
    at_clinic = index.pick(encounters.department, day, CLINIC, key)
    for department in departments:
        team = accounts.with_role("doctor", department=department.index)
        if not len(team):
            team = accounts.with_role("doctor", "director", "head_nurse", department=department.index)
        juniors = accounts.with_role("resident", department=department.index)
        mine = np.flatnonzero(encounters.department == department.index)
        if len(mine) and len(team):
            encounters.doctor[mine] = team[key[mine] % len(team)]
        supervised = mine[rng.random(len(mine)) < 1.4 * len(juniors) / max(1, len(team) + len(juniors))]
        if len(juniors):
            encounters.resident[supervised] = juniors[key[supervised] % len(juniors)]
    scheduled = (encounters.kind == OUTPATIENT) & (at_clinic >= 0)
    encounters.doctor[scheduled] = duties.account[at_clinic[scheduled]]


def _neonatologists(
    encounters: Encounters,
    patients: Patients,
    departments: tuple[Department, ...],
    accounts: Accounts,
    rng: np.random.Generator,
) -> None:
    """Healthy newborns lie with their mothers, but it is the children's doctors who look after them."""
    units = [d.index for d in departments if d.code == "NEO"] or [d.index for d in departments if d.code == "PED"]
    doctors = accounts.with_role("doctor")
    doctors = doctors[np.isin(accounts.department[doctors], units)]
    obstetric = [d.index for d in departments if d.code == "OB"]
    rows = np.flatnonzero(
        (encounters.kind == INPATIENT)
        & np.isin(encounters.department, obstetric)
        & (patients.mother[encounters.patient] != NONE)
    )
    if len(doctors):
        encounters.doctor[rows] = doctors[rng.integers(0, len(doctors), len(rows))]
    encounters.resident[rows] = NONE
