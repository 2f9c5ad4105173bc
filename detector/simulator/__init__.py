"""Synthetic hospitals with labelled truth: normal work, attacks and hard innocents, written as a deployment.

From the plan to the files, in this order:

``plan``         what to simulate
``departments``, ``staff``, ``shifts``, ``population``   the hospital before anybody works
``innocents``    unusual but innocent episodes, which change rotas and add work
``work``         everybody's normal work, as accesses to records
``accesses``     spells an access out as the log rows that it writes (``activities`` says how)
``attacks``      what thieves do, one file a scenario
``sessions``     log-ins, workstations
``writer``, ``context_files``, ``configuration``, ``truth``, ``leaks``   the files

``scene`` is where an innocent episode or an attack happens, ``chance`` where all of them draw from. The simulator
imports nothing of the house but the names of scenarios, and has no knowledge of how the detector works.
"""

from __future__ import annotations

from detector.simulator.plan import AttackOrder, SimulationPlan
from detector.simulator.simulation import simulate
from detector.simulator.truth import Truth

__all__ = ["AttackOrder", "SimulationPlan", "Truth", "simulate"]
