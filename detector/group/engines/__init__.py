"""What runs the hospitals' nights: one module an engine, named as ``[engine]`` names it."""

from __future__ import annotations

import importlib

from detector.group.hospital_run import RunHospitals


def engine(name: str) -> RunHospitals:
    """Return what runs the nights of a group on the engine of that name."""
    found: RunHospitals = importlib.import_module(f"{__name__}.{name}").run_hospitals
    return found
