"""Access-audit anomaly detection for hospital information systems.

Files in, tables in the middle, files out; imports point one way along it::

    settings ──► sources ──► store ──► detection ──► cli
    detector.toml  logs to     DuckDB    accesses,      one command,
                   events                findings       one file

Where to look:

- ``settings``, ``errors``, ``language``, ``events``: what a deployment says, what can go wrong, the two languages, the
  canonical event. Everything may import these.
- ``pseudonyms``, ``trail/``: keyed tokens for record numbers; the tamper-evident record of looks, decisions and nights.
- ``sources/``: one module a log format; ``loading`` and ``context`` bring logs and context tables into the store.
- ``store/``: the DuckDB store, its lock, its migrations, and the published copy that readers open.
- ``detection/``: why an access happened, day features, baselines, models, evidence, findings.
- ``policies``: deterministic rules, one SQL file each.
- ``export/``: findings to SIEM and files: outbox, formats, targets, delivery.
- ``review/``: what an officer does with findings: the list, decisions, inquiries.
- ``night``: the nightly job, step by step.
- ``drill/``: invented episodes in a copy of the history, judged by the real nights.
- ``survey``: what ``check`` finds out, on a throw-away store.
- ``cli/``: the command line; ``cli/commands/`` holds one file a command; ``texts/`` what it
  says in Chinese and English.
- ``simulator/``: writes a synthetic hospital.
- ``sql/`` (beside this package in a checkout, inside it when installed): schema, load, explanations,
  features, policies.
"""

from __future__ import annotations

__version__ = "0.1.0"
