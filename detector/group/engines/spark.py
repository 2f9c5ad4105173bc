"""Apache Spark: one job a night of the group, one task a hospital, with the same nightly job inside.

A task copies the state of its hospital to a private folder, runs the nights there and hands the result back under the
attempt's own name. Spark may run a task again, on another machine or beside a slow one: attempts never share a file,
and of one hospital's Spark names exactly one. This process, which holds the locks of all stores, takes it over whole.

Data frames of Spark have no part in it, so neither has what they ask for in Python: tasks are functions over a list.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from detector.deployment.groups import HospitalGroup, MemberHospital
from detector.deployment.settings import Settings, load_settings
from detector.errors import DetectorError, MissingExtraError, StoreBusy, UsageError
from detector.files.scratch_folder import scratch_folder
from detector.group.hospital_run import HospitalRun, RunOrder
from detector.night.recorded_run import check_follow_up, exit_code, follow_up, recorded_nights
from detector.progress import Progress, Silent
from detector.store.attempts import hand_back, held_store, private_copy, take_over

if TYPE_CHECKING:
    from detector.night.summary import RunSummary

PREFIX: Final = "detector-group-"
EXIT_DEFECT: Final = 70
ROUNDS: Final = 3
"""A night during which an officer acted is run again, so often."""
THREADS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
DEFAULTS: Final = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.python.worker.reuse": "false",
}
"""What the group sets unless ``[engine.conf]`` does. A worker's process ends with its hospital, and its memory goes."""


@dataclass(frozen=True, slots=True)
class Task:
    """One hospital's nights, as a worker gets them; ``run`` names this run of the group, ``place`` the hospital."""

    place: int
    config: str
    run: str
    order: RunOrder


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a worker says of a task: the name under which it handed the result back, and the summary or the error."""

    place: int
    name: str
    summary: RunSummary | None
    exit_code: int = 0
    message: str = ""


def run_hospitals(
    group: HospitalGroup, hospitals: Sequence[MemberHospital], order: RunOrder, progress: Progress
) -> list[HospitalRun]:
    """Run all hospitals' nights as tasks of one Spark job.

    Raises UsageError where pyspark or a Java runtime is missing.
    """
    check_spark()
    runs: dict[int, HospitalRun] = {}
    settings: dict[int, Settings] = {}
    with contextlib.ExitStack() as held:
        for place, hospital in enumerate(hospitals):
            try:
                one = load_settings(hospital.config)
                check_for_spark(one)
                check_follow_up(one)
                held.enter_context(held_store(one))
                settings[place] = one
            except DetectorError as error:
                runs[place] = failed(hospital, error)
        waiting = sorted(settings, key=lambda place: (-size(settings[place]), place))
        name = secrets.token_hex(4)
        with spark_context(group) as context:
            progress.step("hospitals", len(runs), len(hospitals))
            for _ in range(ROUNDS if waiting else 0):
                tasks = [Task(place, str(settings[place].path), name, order) for place in waiting]
                attempts: list[Attempt] = context.parallelize(tasks, len(tasks)).map(run_attempt).collect()
                for attempt in attempts:
                    found = taken_over(hospitals[attempt.place], settings[attempt.place], attempt, order)
                    if found is not None:
                        runs[attempt.place] = found
                waiting = [place for place in waiting if place not in runs]
                progress.step("hospitals", len(runs), len(hospitals))
                if not waiting:
                    break
        for place in waiting:
            runs[place] = failed(hospitals[place], StoreBusy("officers were at work in every attempt; run it again"))
    return [runs[place] for place in sorted(runs)]


def run_attempt(task: Task) -> Attempt:
    """Run a hospital's nights on a private copy, on whatever machine this is.

    An error of the program or the machine is raised, so that Spark tries elsewhere; the second one is the hospital's.
    """
    from pyspark import TaskContext  # noqa: PLC0415  (an extra)

    context = TaskContext.get()
    name = f"{task.run}-{task.place}-{context.taskAttemptId() if context else 0}"
    try:
        settings = load_settings(Path(task.config))
        with scratch_folder(PREFIX) as scratch:
            copy = private_copy(settings, scratch / "state")
            summary, error = None, None
            try:
                summary = recorded_nights(
                    copy,
                    None if task.order.through is None else date.fromisoformat(task.order.through),
                    Silent(),
                    task.order.language or settings.site.language,
                    start=started(settings, task.order.start),
                )
            except DetectorError as caught:
                error = caught
            hand_back(settings, copy, name)
    except DetectorError as caught:
        return Attempt(task.place, "", None, caught.exit_code, str(caught))
    except Exception as caught:
        if context is None or context.attemptNumber() == 0:
            raise
        return Attempt(task.place, "", None, EXIT_DEFECT, f"{type(caught).__name__}: {caught}")
    if error is not None:
        return Attempt(task.place, name, None, error.exit_code, str(error))
    return Attempt(task.place, name, summary)


def taken_over(hospital: MemberHospital, settings: Settings, attempt: Attempt, order: RunOrder) -> HospitalRun | None:
    """Make an attempt the state of its hospital, then write reports and deliver; None where it is to be run again."""
    try:
        if attempt.name and not take_over(settings, attempt.name):
            return None
        if attempt.summary is None:
            return HospitalRun(hospital.name, attempt.exit_code, message=attempt.message)
        done = follow_up(settings, attempt.summary, order.language or settings.site.language)
    except DetectorError as error:
        return failed(hospital, error)
    undelivered = [f"{one.name}: {one.error or one.refused}" for one in done.delivered if one.failed]
    return HospitalRun(
        hospital.name,
        5 if undelivered else exit_code(done.summary),
        through=None if done.summary.through is None else str(done.summary.through),
        dates=len(done.summary.dates),
        alerts=len(done.summary.alerts_new),
        attention=(*done.summary.attention, *undelivered),
    )


def check_spark() -> None:
    """Raise UsageError where pyspark or a Java runtime is missing."""
    try:
        import pyspark  # noqa: F401, PLC0415  (an extra)
    except ImportError as error:
        raise MissingExtraError("the engine spark", "spark", error) from error
    home = os.environ.get("JAVA_HOME")
    java = Path(home, "bin", "java") if home else shutil.which("java")
    if java is None or not Path(java).exists():
        raise UsageError("the engine spark needs a Java runtime, 17 or newer: install one, or set JAVA_HOME")


def check_for_spark(settings: Settings) -> None:
    """Raise ConfigError where a source pulls from a database: two attempts would pull side by side."""
    for place, source in enumerate(settings.sources):
        if source.format == "database":
            raise settings.error('is pulled from a database: such a hospital needs the engine "local"', "source", place)


@contextlib.contextmanager
def spark_context(group: HospitalGroup) -> Iterator[Any]:
    """Connect to Spark as ``[engine]`` says; the connection ends with the block."""
    from pyspark import SparkConf, SparkContext  # noqa: PLC0415  (an extra)

    conf = SparkConf().setAppName(f"detector group {group.site.name}")
    if group.engine.master is not None:
        conf.setMaster(group.engine.master)
    for key, value in (DEFAULTS | dict(group.engine.conf)).items():
        conf.set(key, value)
    for key in THREADS:
        conf.setExecutorEnv(key, os.environ.get(key, "1"))
    os.environ.setdefault("PYSPARK_PYTHON", group.engine.conf.get("spark.pyspark.python", sys.executable))
    context = SparkContext(conf=conf)
    try:
        yield context
    finally:
        context.stop()


def failed(hospital: MemberHospital, error: DetectorError) -> HospitalRun:
    """Return the run of a hospital that could not be worked through."""
    return HospitalRun(hospital.name, error.exit_code, message=str(error))


def size(settings: Settings) -> int:
    """Return how large a hospital's database is: the largest begins first."""
    return settings.store.path.stat().st_size if settings.store.path.exists() else 0


def started(settings: Settings, given: str | None) -> datetime | None:
    """Return the instant that ``--now`` gives, on the hospital's own clock where it names no offset."""
    if given is None:
        return None
    instant = datetime.fromisoformat(given)
    return instant if instant.tzinfo else instant.replace(tzinfo=ZoneInfo(settings.site.timezone))
