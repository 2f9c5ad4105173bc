"""Synthetic hospitals with labelled truth: normal work, attacks and hard innocents, written as a deployment.

From the plan to the files, in this order:

``plan``         what to simulate
``departments``, ``staff``, ``shifts``, ``population``   the hospital before anybody works
``innocents``    unusual but innocent episodes, which change rotas and add work
``work``         everybody's normal work, as accesses to records
``accesses``     spells an access out as the log rows that it writes (``activities`` says how)
``attacks``      what thieves do, one file a scenario
``sessions``     log-ins, workstations
``writer``, ``context_tables``, ``configuration``, ``truth``, ``leaks``   the files

The simulator knows nothing of how the detector judges.
"""

from __future__ import annotations

from detector.simulator.plan import AttackOrder, SimulationPlan
from detector.simulator.simulation import simulate
from detector.simulator.truth import Truth

__all__ = ["AttackOrder", "SimulationPlan", "Truth", "simulate"]
