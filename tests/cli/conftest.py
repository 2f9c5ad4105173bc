"""A small hospital that was loaded and judged, for commands that read the published copy."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from detector.cli import shell
from detector.deployment.settings import load_settings
from detector.errors import UsageError
from detector.findings.reading import finding
from detector.loading.context import load_context
from detector.loading.events import load_events
from detector.store import open_store
from tests.cli.findings import CHECKS, DAYS, EVIDENCE, FINDING

TOML = """\
[site]
name = "测试医院"
timezone = "Asia/Shanghai"
[[source]]
name = "his"
path = "logs/his-*.csv"
[[source]]
name = "emr"
path = "logs/emr-*.csv"
[context]
staff = "context/staff.csv"
patients = "context/patients.csv"
"""
HEADER = "event_id,event_time,user_id,user_name,user_department,user_role,patient_id,action,category\n"
HIS = HEADER + "".join(
    f"{number},2026-06-0{day} {8 + number % 9:02d}:{number % 60:02d}:00,n{number % 3},护士{number % 3},OB,nurse,"
    f"P{number % 7},view,{'demographics' if number % 3 else 'obstetric'}\n"
    for day in (1, 2, 3)
    for number in range(day * 20, day * 20 + 20)
)
EMR = HEADER + (
    "e1,2026-06-02 02:10:00,n1,\u202e=cmd|x,OB,nurse,P3,export,list\n"
    "e2,not a time,n1,护士1,OB,nurse,P3,view,note\n"
    "e3,2026-06-04 08:00:00,n2,护士2,OB,nurse,,login,\n"
)
STAFF = (
    "user_id,name,department,role,start_date,end_date\n"
    "n1,刘晓燕,NEO,nurse,2025-01-01,2026-05-31\n"
    "n1,刘晓燕,OB,nurse,2026-06-01,\n"
    "n0,=HYPERLINK(1),OB,nurse,,\n"
)
PATIENTS = "patient_id,birth_date\n" + "".join(f"P{number},1990-01-01\n" for number in range(7)) + "P99,1990-01-01\n"
ACCESSES = """
select business_date, user_id, patient_id, any_value(user_department) as department, any_value(user_role) as role,
       'human' as account_type, any_value(patient_department) as patient_department,
       min(local_time) as first_at, max(local_time) as last_at, count(*)::integer as events,
       count(distinct date_trunc('minute', local_time))::integer as accesses, sum(record_count)::bigint as records,
       false as wrote, false as printed, bool_or(action = 'export') as exported,
       string_agg(distinct category, '|' order by category) as categories,
       case when user_id = 'n1' then null else 'inpatient' end as explanation,
       case when user_id = 'n1' then 9000 else 500 end as surprisal,
       case when user_id = 'n1' then 'suspicious' else 'explained' end as state
from events where patient_id is not null and business_date = date '{day}'
group by business_date, user_id, patient_id
"""


@dataclass
class Detail:
    """What `read_finding` returns, as the commands use it."""

    finding: dict[str, Any] = field(default_factory=lambda: FINDING)
    reasons: list[dict[str, Any]] = field(default_factory=lambda: FINDING["reasons"])
    reason_parts: list[list[dict[str, Any]]] = field(default_factory=list)
    days: list[dict[str, Any]] = field(default_factory=lambda: DAYS)
    evidence: list[dict[str, Any]] = field(default_factory=lambda: EVIDENCE)
    checks: list[str] = field(default_factory=lambda: CHECKS)
    summary: str = ""
    case: list[dict[str, Any]] = field(default_factory=list)
    account_now: str | None = None
    cleared: str | None = None


@dataclass
class Done:
    """How a command ended and what it wrote."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def loaded_hospital(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hospital")
    files = {
        "detector.toml": TOML, "logs/his-1.csv": HIS, "logs/emr-1.csv": EMR, "context/staff.csv": STAFF,
        "context/patients.csv": PATIENTS,
    }  # fmt: skip
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    settings = load_settings(folder)
    with open_store(settings) as store:
        load_context(store, settings)
        load_events(store, settings)
        store.connection.execute("create table if not exists dates (business_date date primary key)")
        columns = [row[1] for row in store.connection.execute("pragma table_info('dates')").fetchall()]
        for day in (date(2026, 6, 1), date(2026, 6, 2)):
            with store.transaction():
                store.write_patient_days(day, ACCESSES.format(day=day))
                values = ", ".join("?" if column == "business_date" else "0" for column in columns)
                store.connection.execute(f"insert into dates values ({values})", [day])
        store.publish()
    return folder


@pytest.fixture
def hospital(loaded_hospital: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The hospital as the current folder, with one known finding."""

    def read_findings(connection: object, language: str, since: object = None, status: object = None,
                      alerts_only: bool = False) -> list[dict[str, Any]]:  # fmt: skip
        return [] if status not in (None, "open") or (since is not None and str(since) > "2026-07-03") else [FINDING]

    def read_finding(connection: object, prefix: str, language: str) -> Detail:
        if not FINDING["finding_id"].startswith(prefix):
            raise UsageError(f"no finding begins with {prefix!r}; `detector findings` lists them")
        return Detail()

    module = ModuleType("detector.findings.reading")
    module.read_findings = read_findings  # type: ignore[attr-defined]
    module.KEYS = tuple(FINDING)  # type: ignore[attr-defined]
    module.read_finding = read_finding  # type: ignore[attr-defined]
    module.finding = finding  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "detector.findings.reading", module)
    monkeypatch.chdir(loaded_hospital)
    monkeypatch.setenv("COLUMNS", "80")
    return loaded_hospital


@pytest.fixture
def detector(capfd: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Run the command line in this process."""

    def run(*arguments: str) -> Done:
        capfd.readouterr()
        with pytest.raises(SystemExit) as caught:
            shell.main(list(arguments))
        written = capfd.readouterr()
        assert isinstance(caught.value.code, int)
        return Done(caught.value.code, written.out, written.err)

    return run
