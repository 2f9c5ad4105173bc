"""A broker who has an account in several simulated hospitals and takes a few records from each."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
from collections.abc import Sequence
from pathlib import Path

BROKER = "WP0077"
NAME = "林晓棠"
DEPARTMENT, ROLE = "门诊部", "导医"


def plant_broker(hospital: Path, dates: Sequence[dt.date], *, user: str = BROKER, name: str = NAME) -> None:
    """Add an agency's account to a hospital that ``simulate`` wrote, and one look-up on each of ``dates``.

    It is looked up by telephone number who has not been there for weeks; then the contact page is opened.
    """
    with (hospital / "context/staff.csv").open("a", encoding="utf-8") as staff:
        staff.write(f"{user},{name},{DEPARTMENT},{ROLE},human,active,,,,,\n")
    with (hospital / "context/encounters.csv").open(encoding="utf-8") as stream:
        last = {}
        for row in csv.DictReader(stream):
            last[row["patient_id"]] = max(last.get(row["patient_id"], ""), row["end"] or "9999")
    gone = sorted(patient for patient, end in last.items() if end < str(min(dates) - dt.timedelta(days=10)))
    log = min((hospital / "logs").glob("emr-*.csv.gz"))
    with gzip.open(log, "rt", encoding="utf-8", newline="") as stream:
        header = next(csv.reader(stream))
    with gzip.open(log, "at", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, header, lineterminator="\n")
        for number, date in enumerate(dates):
            for step, (action, query) in enumerate((("search", "phone"), ("view", ""))):
                writer.writerow(
                    {
                        "event_id": f"EB{number:04d}{step}",
                        "event_time": f"{date}T15:2{number % 10}:0{step}.000+08:00",
                        "user_id": user,
                        "user_name": name,
                        "user_department": DEPARTMENT,
                        "user_role": ROLE,
                        "patient_id": gone[number * 7 % len(gone)],
                        "action": action,
                        "category": "demographics" if action == "view" else "",
                        "record_count": 1,
                        "query_by": query,
                        "client_ip": "10.20.9.77",
                        "workstation": "OPD-77",
                        "application": "EMR",
                        "session_id": f"SB{number}",
                        "outcome": "success",
                    }
                )
