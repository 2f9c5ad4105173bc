"""Writes the deployment's `detector.toml`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from detector.simulator.dialects import DIALECTS
from detector.simulator.vocabulary import CATEGORIES, QUERIES

if TYPE_CHECKING:
    from detector.simulator.hospital import Hospital

_SENSITIVE = ("OB", "NEO", "PSY", "REP", "IDC")


def hospital_name(hospital: Hospital) -> str:
    """Return the hospital's name: the plan's, or one made from its kind and seed."""
    plan = hospital.plan
    return plan.name or (f"示例妇幼保健院{plan.seed}" if plan.kind == "maternity" else f"示例人民医院{plan.seed}")


def write_configuration(hospital: Hospital, directory: Path) -> None:
    """Write `detector.toml`: sources with what is no common alias, context tables, defaults for the rest."""
    dialect = DIALECTS[hospital.plan.kind]
    suffix = ".csv.gz" if hospital.plan.compress else ".csv"
    sensitive = ", ".join(f'"{d.name}"' for d in hospital.departments if d.code in _SENSITIVE)
    lines = [
        "[site]",
        f"name = {json.dumps(hospital_name(hospital), ensure_ascii=False)}",
        'timezone = "Asia/Shanghai"',
        'language = "zh"',
        'internal_networks = ["10.0.0.0/8"]',
        f"sensitive_departments = [{sensitive}]",
        'vip_patients = "context/vip.csv"',
        'decoy_patients = "context/decoys.csv"',
        "",
        "[store]",
        'path = "state/detector.duckdb"',
        "",
        "[[source]]",
        'name = "his"',
        'format = "csv"',
        f'path = "logs/his-*{suffix}"',
        'encoding = "gb18030"',
        "# the other headers, and the actions, are common aliases",
        "[source.columns]",
        *(f'{name} = "{dialect.his_header[name]}"' for name in dialect.mapped),
        "[source.values.category]",
        *(f'"{chinese}" = "{name}"' for name, chinese in CATEGORIES.items() if name),
        "[source.values.query_by]",
        *(f'"{chinese}" = "{name}"' for name, chinese in QUERIES.items() if name),
        "",
        "[[source]]",
        'name = "emr"',
        'format = "csv"',
        f'path = "logs/emr-*{suffix}"',
        "",
        "[context]",
        *(
            f'{name} = "context/{name}.csv"'
            for name in ("staff", "patients", "encounters", "care_team", "roster", "approvals")
        ),
        "",
        "[alerting]",
        "budget = 2.0",
        "learning_days = 14",
        "",
    ]
    directory.joinpath("detector.toml").write_text("\n".join(lines), encoding="utf-8")
