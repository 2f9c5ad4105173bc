"""What all tests share."""

from __future__ import annotations

import os
import shutil

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs_program(name): skips, naming the program, where it is not installed")


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs_program"):
        name = mark.args[0]
        if shutil.which(name) is None:
            message = f"needs the program {name}"
            if os.environ.get("CI"):
                pytest.fail(f"{message}, which .ci/run must install")
            pytest.skip(message)
