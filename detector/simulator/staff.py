"""Accounts: who works in the hospital, where, as what, and what each person is like."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Final

import numpy as np

from detector.simulator.chance import Chance, choose
from detector.simulator.vocabulary import NONE, ROLE, Flags, Floats, Ints

if TYPE_CHECKING:
    from detector.simulator.departments import Department
    from detector.simulator.plan import SimulationPlan

ALWAYS: Final = 10**6
"""A day number that lies beyond every simulation; its negative lies before."""

SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任沈姚卢"
)
SURNAME_WEIGHTS: Final = 1.0 / (np.arange(len(SURNAMES)) + 6.0)
GIVEN: Final = (
    "敏静丽秀英华慧燕玲芳娟艳霞红梅莉婷雪琳洁萍倩云兰凤瑶佳欣怡悦伟强磊军洋勇杰涛超明刚平辉鹏飞斌宇浩凯健俊帆鑫波宁"
)


@dataclass(frozen=True)
class Traits:
    """How people differ: one factor per account around 1, heavy-tailed.

    `contact` is how readily somebody opens contact pages, `write` how much of the work is written
    down, `pace` how many rows a visit to a record makes, `breadth` how many records somebody opens
    in the same work, `curiosity` how often somebody looks where no task leads.
    """

    contact: Floats
    write: Floats
    pace: Floats
    breadth: Floats
    curiosity: Floats


@dataclass
class Posting:
    """One row of the staff table that is not simply the present one: an account's earlier department."""

    account: int
    department: int
    first_day: int
    last_day: int


@dataclass
class Accounts:
    """All accounts, one position each; days are numbered from the start of the simulation.

    `department` is where somebody really works, `listed_department` what the staff table says,
    `joined` the first and `ended` the last day of work, `record` the person's own patient index
    (NONE where there is none), `account_type` one of human, service, vendor and kiosk. The staff table
    leaves out those of `unlisted`.
    """

    ids: list[str]
    names: list[str]
    department: Ints
    listed_department: Ints
    role: Ints
    account_type: list[str]
    joined: Ints
    ended: Ints
    left: Flags
    record: Ints
    manager: Ints
    allowed: list[str]
    traits: Traits
    postings: list[Posting] = field(default_factory=list)
    unlisted: set[int] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self.ids)

    def add_unlisted(self, department: int, role: str) -> int:
        """Make an account for a person whom the staff table does not have, and return its position."""
        account = len(self)
        self.ids.append(f"ls{len(self.unlisted) + 1:03d}")
        self.names.append("临时用户")
        self.account_type.append("human")
        self.allowed.append("")
        for name, value in {
            "department": department,
            "listed_department": department,
            "role": ROLE[role],
            "joined": -ALWAYS,
            "ended": ALWAYS,
            "left": False,
            "record": NONE,
            "manager": NONE,
        }.items():
            column = getattr(self, name)
            setattr(self, name, np.append(column, np.array([value], dtype=column.dtype)))
        self.traits = Traits(*(np.append(getattr(self.traits, trait.name), 1.0) for trait in fields(Traits)))
        self.unlisted.add(account)
        return account

    @property
    def human(self) -> Flags:
        """Whether each account is a person's."""
        return np.array([kind == "human" for kind in self.account_type], dtype=np.bool_)

    def with_role(self, *roles: str, department: int | None = None) -> Ints:
        """Return the accounts that have one of the roles, in one department where it is given."""
        found = np.isin(self.role, [ROLE[role] for role in roles])
        if department is not None:
            found &= self.department == department
        return np.flatnonzero(found)


def _ward_roles(department: Department) -> list[str]:
    """Return the roles of a ward's or clinic's people, the head nurse first."""
    size = department.staff
    if department.shape == "clinic":
        doctors = max(1, round(size * 0.6))
        return ["head_nurse"] + ["doctor"] * doctors + ["nurse"] * max(0, size - doctors - 1)
    directors = 1 if size >= 10 else 0
    doctors = max(2 if size >= 9 else 1, round(size * 0.25)) - directors
    residents = round(size * 0.08)
    nurses = max(3, size - 1 - directors - doctors - residents)
    nurse = "nurse"
    midwives = round(nurses * 0.2) if department.code == "OB" and nurses > 9 else 0
    return (
        ["head_nurse"]
        + ["director"] * directors
        + ["doctor"] * doctors
        + ["resident"] * residents
        + [nurse] * (nurses - midwives)
        + ["midwife"] * midwives
    )


_MACHINES: Final = (
    ("if_lis", "检验接口", "LAB", "service", "result"),
    ("if_checkin", "签到小程序(第三方)", "REG", "service", "demographics|list"),
    ("if_region", "区域平台接口", "IT", "service", "result|note|order"),
    ("mig_his", "信息科迁移账号", "IT", "service", ""),
    ("v_pacs", "影像维保工程师", "RAD", "vendor", "imaging"),
    ("v_his", "HIS厂商驻场", "IT", "vendor", "billing|other"),
)


def _names(rng: np.random.Generator, count: int) -> list[str]:
    family = choose(rng, SURNAME_WEIGHTS, count)
    given = rng.integers(0, len(GIVEN), (count, 2))
    double = rng.random(count) < 0.7
    return [
        SURNAMES[f] + GIVEN[a] + (GIVEN[b] if d else "")
        for f, (a, b), d in zip(family.tolist(), given.tolist(), double.tolist(), strict=True)
    ]


def _traits(rng: np.random.Generator, count: int) -> Traits:
    """Draw the personal factors: log-normal, `contact` and `curiosity` with a long tail."""
    return Traits(
        contact=np.exp(rng.normal(-0.1, 0.5, count)).clip(0.1, 2.8),
        write=np.exp(rng.normal(0.0, 0.4, count)),
        pace=np.exp(rng.normal(0.0, 0.25, count)),
        breadth=np.exp(rng.normal(-0.08, 0.4, count)).clip(0.3, 3.5),
        curiosity=np.exp(rng.normal(-0.4, 0.9, count)),
    )


def accounts(plan: SimulationPlan, departments: tuple[Department, ...], chance: Chance) -> Accounts:
    """Hire the staff: every department's people, then machine accounts; joiners and leavers included."""
    rng = chance.generator("staff")
    homes: list[int] = []
    roles: list[str] = []
    for department in departments:
        if department.shape in ("ward", "clinic", "emergency"):
            team = _ward_roles(department)
        else:
            team = [department.role] * department.staff
        homes += [department.index] * len(team)
        roles += team
    people = len(homes)
    prefix = "8" if plan.kind == "maternity" else "H1"
    ids = [f"{prefix}{number:04d}" for number in 1001 + np.arange(people) * 3]
    kinds = ["human"] * people
    allowed = [""] * people
    names = _names(rng, people)
    by_code = {department.code: department.index for department in reversed(departments)}
    kiosks = [
        (f"zzj{number + 1:02d}", f"自助机{number + 1}", "REG", "kiosk", "result|billing|demographics")
        for number in range(max(2, plan.staff // 80))
    ]
    for user, name, code, kind, scope in (*_MACHINES, *kiosks):
        ids.append(user)
        names.append(name)
        homes.append(by_code[code])
        roles.append(kind)
        kinds.append(kind)
        allowed.append(scope)
    total = len(ids)
    department_of = np.array(homes, dtype=np.int64)
    role = np.array([ROLE[name] for name in roles], dtype=np.int64)
    manager = np.full(total, NONE, dtype=np.int64)
    for department in departments:
        own = np.flatnonzero(department_of == department.index)
        heads = own[np.isin(role[own], [ROLE["head_nurse"], ROLE["director"]])]
        manager[own] = heads[0] if len(heads) else own[0]
        directors = own[role[own] == ROLE["director"]]
        if len(directors):
            physicians = np.isin(role[own], [ROLE["doctor"], ROLE["resident"]])
            manager[own[physicians]] = directors[0]
    hired = Accounts(
        ids=ids,
        names=names,
        department=department_of,
        listed_department=department_of.copy(),
        role=role,
        account_type=kinds,
        joined=np.full(total, -ALWAYS, dtype=np.int64),
        ended=np.full(total, ALWAYS, dtype=np.int64),
        left=np.zeros(total, dtype=np.bool_),
        record=np.full(total, NONE, dtype=np.int64),
        manager=manager,
        allowed=allowed,
        traits=_traits(rng, total),
    )
    _moved_long_ago(hired, departments, rng)
    _turnover(hired, plan, rng)
    return hired


def _moved_long_ago(hired: Accounts, departments: tuple[Department, ...], rng: np.random.Generator) -> None:
    """Let one or two nurses work on a ward that the staff table does not know of."""
    wards = [department.index for department in departments if department.shape == "ward" and department.staff > 9]
    nurses = hired.with_role("nurse")
    nurses = rng.permutation(nurses[np.isin(hired.department[nurses], wards)])
    for account in nurses[: 1 if len(nurses) < 60 else 2].tolist():
        others = [ward for ward in wards if ward != hired.department[account]]
        if others:
            hired.department[account] = others[int(rng.integers(0, len(others)))]


def _turnover(hired: Accounts, plan: SimulationPlan, rng: np.random.Generator) -> None:
    """Let a few join and a few leave; one in four of the leavers is still listed as active."""
    movable = hired.with_role("doctor", "resident", "nurse", "technician", "clerk", "pharmacist")
    moving = rng.permutation(movable)[: max(4, round(len(movable) * 0.06))]
    joiners, leavers = moving[: len(moving) // 2], moving[len(moving) // 2 :]
    hired.joined[joiners] = rng.integers(0, max(2, plan.days), len(joiners))
    hired.ended[leavers] = rng.integers(0, max(2, plan.days - 10), len(leavers))
    hired.left[leavers] = rng.random(len(leavers)) < 0.75
    # one at least has left early enough for the account to be abused
    hired.ended[leavers[0]] = min(int(hired.ended[leavers[0]]), max(1, plan.first_attack_day - 4))
    hired.left[leavers[0]] = True
