"""A small hospital of a few days in which facts are planted that policies speak of on several dates each."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from detector.deployment.settings import load_settings
from detector.night.job import run_nights
from detector.progress import Silent
from detector.trail import Trail, officer_of

TOML = """\
[site]
name = "测试医院"
timezone = "Asia/Shanghai"
language = "zh"
internal_networks = ["10.0.0.0/8"]
decoy_patients = "decoys.csv"
[[source]]
name = "his"
path = "his-*.csv"
[context]
staff = "staff.csv"
"""
HEADER = "event_time,user_id,patient_id,action,category,record_count,client_ip\n"
STAFF = """\
user_id,name,department,role,start_date,end_date,patient_id,manager_id
n1,刘晓燕,产科,护士,2025-01-01,,,n5
n2,王敏,产科,护士,2025-01-01,,P9,n5
n3,赵华,产科,护士,2025-01-01,2026-06-01,,n5
n4,周静,产科,护士,2025-01-01,,,n5
n5,陈洁,产科,护士长,2025-01-01,,,
n6,林凡,产科,护士,2025-01-01,,,n5
"""
FIRST = dt.date(2026, 6, 1)
NOW = dt.datetime(2026, 6, 6, 1, 0, tzinfo=dt.UTC)
PLANTED = """\
2026-06-02 20:01:10,n1,D1,view,demographics,,10.0.0.7
2026-06-02 20:01:30,n1,D1,view,note,,10.0.0.7
2026-06-04 21:05:00,n1,D2,view,demographics,,10.0.0.7
2026-06-04 21:06:00,n1,D2,search,demographics,,10.0.0.7
2026-06-04 21:07:00,n1,D1,view,demographics,,10.0.0.7
2026-06-02 19:30:00,n2,P9,view,result,,10.0.0.7
2026-06-03 19:31:00,n2,P9,view,note,,10.0.0.7
2026-06-03 19:32:00,n2,P9,view,note,,10.0.0.7
2026-06-03 12:00:00,n3,P3,view,note,,10.0.0.7
2026-06-04 12:10:00,n3,P4,view,note,,10.0.0.7
2026-06-04 12:11:00,n3,P5,view,order,,10.0.0.7
2026-06-03 13:01:00,n7,P1,view,demographics,,10.0.0.8
2026-06-05 13:05:00,n7,P2,view,demographics,,10.0.0.8
2026-06-02 02:00:00,n4,,login,,,203.0.113.9
2026-06-02 02:01:00,n4,P1,view,note,,203.0.113.9
2026-06-04 02:01:00,n4,P2,view,note,,203.0.113.10
2026-06-04 02:02:00,n4,P1,print,note,1,203.0.113.10
2026-06-03 15:00:00,n6,P55,view,note,,10.0.0.6
2026-06-04 15:01:00,n6,P55,view,note,,10.0.0.6
2026-06-04 15:02:00,n6,P55,print,note,1,10.0.0.6
2026-06-04 15:03:00,n5,P55,update,note,,10.0.0.5
"""
SEALED = ("P55", "2026-06-04T10:00:00+08:00")
"""A record that an officer sealed in the middle of these days."""


def write(folder: Path, planted: str = PLANTED) -> Path:
    """Write five days of work by six accounts, with the planted rows among them."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "detector.toml").write_text(TOML, encoding="utf-8")
    (folder / "decoys.csv").write_text("patient_id\nD1\nD2\nD3\n", encoding="utf-8")
    (folder / "staff.csv").write_text(STAFF, encoding="utf-8")
    for number in range(5):
        day = FIRST + dt.timedelta(days=number)
        rows = [
            f"{day} {8 + turn:02d}:{account:02d}:00,n{account},P{turn},view,note,,10.0.0.{account}\n"
            for account in (1, 2, 4, 5, 6)
            for turn in range(4)
        ]
        rows += [f"{line}\n" for line in planted.splitlines() if line.startswith(str(day))]
        (folder / f"his-{number:02d}.csv").write_text(HEADER + "".join(rows), encoding="utf-8")
    return folder


def judged(folder: Path) -> Path:
    """Seal a record, and work through its nights."""
    settings = load_settings(folder)
    record, moment = SEALED
    act = {"act": "seal", "patient": record, "moment": moment, "until": None, "note": "见诸报端", "through": None}
    settings.store.path.parent.mkdir(mode=0o700, exist_ok=True)
    Trail.of(settings).append(officer_of(settings), "sealing", [act], NOW)
    run_nights(settings, None, Silent(), now=NOW)
    return folder
