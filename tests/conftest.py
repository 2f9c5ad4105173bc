"""What all tests share."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import hypothesis
import pytest

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
"""How many threads the libraries behind numpy and scikit-learn take: one; tests share the processors as it is."""
for name in THREADS:
    os.environ.setdefault(name, "1")


def pytest_configure(config: pytest.Config) -> None:
    keep_to_one_processor()
    # Neither a busy machine nor examples that an earlier run left in the checkout decide whether a test passes.
    os.environ.setdefault(
        "HYPOTHESIS_STORAGE_DIRECTORY", str(Path(tempfile.gettempdir()) / f"hypothesis-{os.getuid()}")
    )
    hypothesis.settings.register_profile(
        "house",
        database=None,
        deadline=None,
        derandomize=True,
        print_blob=True,
        suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.function_scoped_fixture],
    )
    hypothesis.settings.load_profile("house")
    config.addinivalue_line("markers", "needs_program(name): skips, naming the program, where it is not installed")


def keep_to_one_processor() -> None:
    """Let a worker of xdist keep to one of its processors: DuckDB and polars begin no threads that wait for others.

    Where as many workers as processors run, that costs a fifth less.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker and hasattr(os, "sched_setaffinity"):
        processors = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {processors[int(worker.removeprefix("gw")) % len(processors)]})


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep tests that share a hospital on one worker: each is built once, not once a worker."""
    for item in items:
        if place := shared_by(item):
            item.add_marker(pytest.mark.xdist_group(place))


def shared_by(item: pytest.Item) -> str | None:
    """Return the folder or module of the widest fixture that several tests of ours share with this one."""
    known = getattr(item, "_fixtureinfo", None)
    if known is None:
        return None
    places = {
        fixtures[-1].baseid
        for fixtures in known.name2fixturedefs.values()
        if fixtures[-1].scope != "function" and fixtures[-1].baseid.startswith("tests/")
    }
    return min(places, key=len, default=None)


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs_program"):
        name = mark.args[0]
        if shutil.which(name) is None:
            message = f"needs the program {name}"
            if os.environ.get("CI"):
                pytest.fail(f"{message}, which .ci/run must install")
            pytest.skip(message)
