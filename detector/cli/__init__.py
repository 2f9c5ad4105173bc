"""The command line: ``shell`` starts and ends a command, ``commands/`` holds one file a command."""

from __future__ import annotations

from detector.cli.shell import main

__all__ = ["main"]
