"""The command line in the process of a test: starting another one costs a second, which few tests need."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Sequence

import pytest

from detector.cli import shell


def called(arguments: Sequence[str], **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command line with ``environment`` added to that of the test; the caller looks at the exit code."""
    streams = {name: io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for name in ("stdout", "stderr")}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        for name, stream in streams.items():
            patch.setattr(sys, name, stream)
        with pytest.raises(SystemExit) as stop:
            shell.main(list(arguments))
    for stream in streams.values():
        stream.flush()
    written = {name: stream.buffer.getvalue() for name, stream in streams.items()}  # type: ignore[attr-defined]
    return subprocess.CompletedProcess(list(arguments), int(stop.value.code or 0), **written)
