"""What the group asks of an engine, and what it hears of each hospital's run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from detector.deployment.groups import HospitalGroup, MemberHospital
from detector.progress import Progress
from detector.texts.language import Language


@dataclass(frozen=True, slots=True)
class RunOrder:
    """What is asked of every hospital: ``through`` and ``start`` as ``run --through`` and ``--now`` take them."""

    through: str | None
    start: str | None
    language: Language | None


@dataclass(frozen=True, slots=True)
class HospitalRun:
    """How one hospital's run ended.

    ``exit_code`` is that of ``detector run``, ``message`` its error; without one ``through`` is the last business date
    judged, ``dates`` how many the run judged, ``alerts`` how many findings became alerts, ``attention`` what somebody
    has to look at.
    """

    hospital: str
    exit_code: int
    through: str | None = None
    dates: int = 0
    alerts: int = 0
    attention: tuple[str, ...] = ()
    message: str = ""

    @property
    def is_done(self) -> bool:
        """Whether the nights were worked through."""
        return self.exit_code in {0, 1}


RunHospitals = Callable[[HospitalGroup, Sequence[MemberHospital], RunOrder, Progress], list[HospitalRun]]
"""An engine: runs the nightly job of each hospital once, and tells how each ended, in their order."""
