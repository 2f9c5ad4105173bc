"""The engine Spark: what it lacks is told in one line; a lost or a slow worker changes nothing that is found."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.group.conftest import write_group
from tests.program import called

SPARK = 'name = "spark"\nmaster = "local-cluster[3,1,1024]"\n[engine.conf]\n"spark.executor.memory" = "512m"\n'
SPECULATION = """\
"spark.driver.host" = "127.0.0.1"
"spark.speculation" = "true"
"spark.speculation.quantile" = "0.3"
"spark.speculation.multiplier" = "1.1"
"spark.speculation.minTaskRuntime" = "2s"
"""
PATIENCE = 600.0
BUSY_SECONDS = 1.5


def with_spark(unjudged: Path, folder: Path, engine: str = SPARK) -> Path:
    shutil.copytree(unjudged, folder)
    text = (folder / "group.toml").read_text(encoding="utf-8").replace('name = "local"', engine)
    (folder / "group.toml").write_text(text, encoding="utf-8")
    return folder


def test_without_pyspark_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    group = write_group(tmp_path / "group", SPARK, days=1)
    monkeypatch.setitem(sys.modules, "pyspark", None)
    done = called(["--lang", "en", "--config", str(group), "group", "run"])
    assert done.returncode == 2
    assert "the engine spark needs the extra spark: pip install '.[spark]'" in done.stderr.decode()
    assert done.stderr.decode().count("\n") == 1


def test_without_java_the_runtime_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    group = write_group(tmp_path / "group", SPARK, days=1)
    monkeypatch.setitem(sys.modules, "pyspark", sys)  # any module: only whether there is one is asked
    done = called(["--lang", "en", "--config", str(group), "group", "run"], JAVA_HOME=str(tmp_path))
    assert done.returncode == 2
    assert "the engine spark needs a Java runtime, 17 or newer" in done.stderr.decode()


def processes() -> Iterator[tuple[int, int, float, str]]:
    """Every process: id, parent, CPU seconds, command line."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            yield (
                int(entry.name),
                int(fields[1]),
                (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"),
                command,
            )


def busy_workers() -> Iterator[tuple[int, int]]:
    """Executors below this process, each with the worker process that has been in a night for a while."""
    found = {pid: (parent, seconds, command) for pid, parent, seconds, command in processes()}

    def above(pid: int) -> Iterator[int]:
        while pid in found:
            yield pid
            pid = found[pid][0]

    for pid, (_, seconds, command) in sorted(found.items()):
        line = list(above(pid))
        executor = [one for one in line if "CoarseGrainedExecutorBackend" in found[one][2]]
        if os.getpid() in line and executor and "pyspark" in command and pid != executor[0] and seconds >= BUSY_SECONDS:
            yield executor[0], pid


def disturbed(group: Path, act: Callable[[int, int], None]) -> dict[str, object]:
    """Run the group; once a worker is in a night, do something to its executor and to itself."""
    command = [sys.executable, "-m", "detector", "--config", str(group), "group", "run", "--json", "--quiet"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        acted, until = False, time.monotonic() + PATIENCE
        while running.poll() is None and not acted and time.monotonic() < until:
            for executor, worker in busy_workers():
                act(executor, worker)
                acted = True
                break
            time.sleep(0.05)
        out, problems = running.communicate(timeout=PATIENCE)
    assert acted, problems
    assert running.returncode == 0, problems
    summary: dict[str, object] = json.loads(out)
    return summary


def told(group: Path) -> list[bytes]:
    """Everything that is found, by the group and by each hospital, in bytes."""
    kept = (group / "group-state/group-findings.json").read_bytes()
    lists = [["--config", str(group / name), "findings", "--format", "ndjson"] for name in "abc"]
    lists.append(["--config", str(group), "group", "findings", "--format", "ndjson"])
    return [kept, *(called(one).stdout for one in lists)]


@pytest.fixture(scope="session")
def alone(unjudged: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    group = tmp_path_factory.mktemp("alone") / "group"
    shutil.copytree(unjudged, group)
    assert called(["--config", str(group), "group", "run", "--quiet"]).returncode == 0
    return group


@pytest.fixture(scope="session")
def spark() -> None:
    pytest.importorskip("pyspark")
    if shutil.which("java") is None:
        pytest.skip("needs a Java runtime")


@pytest.mark.heavy
def test_an_executor_killed_in_a_night_changes_nothing(
    spark: None, unjudged: Path, alone: Path, tmp_path: Path
) -> None:
    group = with_spark(unjudged, tmp_path / "group")
    summary = disturbed(group, lambda executor, _: os.kill(executor, signal.SIGKILL))
    assert summary["through"] == "2026-06-02"
    assert told(group) == told(alone)
    assert not list(group.glob("*/state/attempts"))


@pytest.fixture
def cluster(spark: None, tmp_path: Path) -> Iterator[str]:
    """A standalone cluster whose three workers have addresses of their own: Spark overtakes none on the same one."""
    import pyspark

    start = [str(Path(pyspark.__file__).parent / "bin/spark-class")]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    master = f"spark://127.0.0.1:{port}"
    deploy = "org.apache.spark.deploy"
    calls = [[f"{deploy}.master.Master", "--host", "127.0.0.1", "--port", str(port), "--webui-port", "0"]]
    calls += [
        [f"{deploy}.worker.Worker", "--host", f"127.0.0.{place}", "--cores", "1", "--memory", "1g", "--webui-port", "0",
         "--work-dir", str(tmp_path / "work"), master]
        for place in (2, 3, 4)
    ]  # fmt: skip
    running = [
        subprocess.Popen([*start, *call], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for call in calls
    ]
    try:
        yield master
    finally:
        for one in running:
            one.terminate()
        for one in running:
            one.wait(timeout=60)


@pytest.mark.heavy
def test_a_slow_worker_is_overtaken_and_changes_nothing(
    cluster: str, unjudged: Path, alone: Path, tmp_path: Path
) -> None:
    """The worker stands still for good: unless another one overtakes it, the run never ends."""
    engine = SPARK.replace("local-cluster[3,1,1024]", cluster) + SPECULATION
    group = with_spark(unjudged, tmp_path / "group", engine)
    stopped: list[int] = []

    def stop(_: int, worker: int) -> None:
        os.kill(worker, signal.SIGSTOP)
        stopped.append(worker)

    try:
        disturbed(group, stop)
    finally:
        for worker in stopped:
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
    assert told(group) == told(alone)
    assert not list(group.glob("*/state/attempts"))
