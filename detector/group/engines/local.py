"""One machine: each hospital's nightly job is a process of its own, several at a time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Final

from detector.deployment.groups import HospitalGroup, MemberHospital
from detector.group.hospital_run import HospitalRun, RunOrder
from detector.progress import Progress

DEFECT: Final = 70


def run_hospitals(
    group: HospitalGroup, hospitals: Sequence[MemberHospital], order: RunOrder, progress: Progress
) -> list[HospitalRun]:
    """Run ``detector run`` for each hospital; what one does wrong ends that one alone."""
    jobs = group.engine.jobs or len(os.sched_getaffinity(0))
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        progress.step("hospitals", 0, len(hospitals))
        waiting = {pool.submit(_run, hospital, order): place for place, hospital in enumerate(hospitals)}
        found: dict[int, HospitalRun] = {}
        for number, future in enumerate(as_completed(waiting), start=1):
            found[waiting[future]] = future.result()
            progress.step("hospitals", number, len(hospitals))
    return [found[place] for place in sorted(found)]


def _run(hospital: MemberHospital, order: RunOrder) -> HospitalRun:
    command = [sys.executable, "-m", "detector", "--config", str(hospital.config)]
    for name, value in (("--lang", order.language), ("--now", order.start)):
        command += [name, value] if value else []
    command += ["run", "--quiet", "--json", *(["--through", order.through] if order.through else [])]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", errors="replace", check=False)  # noqa: S603
    told = done.stdout.strip()
    message = done.stderr.strip().removeprefix("detector: ")
    if not told:
        code = done.returncode if done.returncode >= 0 else DEFECT
        return HospitalRun(hospital.name, code, message=message or f"ended by signal {-done.returncode}")
    summary = json.loads(told)
    return HospitalRun(
        hospital.name,
        done.returncode,
        through=summary["through"],
        dates=len(summary["dates"]),
        alerts=len(summary["alerts_new"]),
        attention=(*summary["attention"], *([message] if message else [])),
    )
