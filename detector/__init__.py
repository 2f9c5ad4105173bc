"""Access-audit anomaly detection for hospital information systems.

Files in, tables in the middle, files out. Imports point one way along the road of a row of a log::

    sources ──► loading ──► detection ──► findings ──► export, reports, evidence
    files to    events in   a number per  what is      what leaves the house
    records     the store   account and   raised, and
                            stream        why
                └──────────── night: the job that does it, date by date ───────────┘

The road:

- ``sources/``: from files to records: one module a format; encodings, headers, damaged rows.
- ``loading/``: which file is this, which of its rows are new events; context tables; a survey for ``check``.
- ``store/``: the DuckDB store and its Parquet parts: schema, published copy, retention, verification.
- ``detection/``: the tables of a night, features, habits, likelihood ratios, evidence summed over weeks, thresholds.
- ``policies/``: deterministic questions to a night, one SQL file each, with its header, law and examples.
- ``findings/``: what is raised about accounts, records and sources: risk, reasons, words, the end of an episode.
- ``night/``: the nightly job, its dates, its summary and its record.
- ``export/``: findings to a SIEM and to files: outbox, formats, transports, delivery.
- ``review/``, ``reports/``, ``evidence/``, ``tracing/``: what people do with findings: decide and ask; documents for a
  period; proof for an investigation; from leaked patients to the accounts they may come from.
- ``drill/``: synthetic episodes in a copy of the site's history, scored by real nights.
- ``cli/``: the command line: ``commands/`` one file a command, ``screens/`` what a terminal shows, ``render/`` tables.
- ``simulator/``: an annex that writes synthetic hospitals; only its command imports it.

What all of it stands on:

- ``model/``: the things of the domain: events, every table with its columns, relations, findings, scenarios.
- ``deployment/``: what a site's ``detector.toml`` says.  ``texts/``: what people read, in Chinese and English.
- ``files/``: whole and private writing, locks.  ``database/``: connections, running SQL files, rows.
- ``privacy/``: tokens in place of record numbers.  ``trail/``: the tamper-evident record of looks, decisions and runs.
- ``sql/`` (beside this package in a checkout, inside it when installed): every longer statement, one folder a room.

``tests/test_imports.py`` holds the order of the rooms.
"""

from __future__ import annotations

__version__ = "0.1.0"
