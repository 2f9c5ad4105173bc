"""Access-audit anomaly detection for hospital information systems.

Files in, tables in the middle, files out. Imports point one way along the road of a row of a log::

    sources ──► loading ──► detection ──► findings ──► export, reports, evidence
    files to    events in   a number per  what is      what leaves the house
    records     the store   account and   raised, and
                            stream        why
                └──────────── night: the job that does it, date by date ───────────┘

Each room says in its docstring what it holds. `.github/CONTRIBUTING.md` lists them from left to right, says how to add
things, and follows a finding back to the log in the debugger; ``tests/test_imports.py`` holds the order. ``sql/``
(beside this package in a checkout, inside it when installed) has every longer statement, one folder a room.
"""

from __future__ import annotations

__version__ = "0.1.0"
