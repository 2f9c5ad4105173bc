"""When the nightly job last ran and how it ended: ``last-run.json`` in the store's folder, for ``status`` alone.

Written outside the store, so that a run that could not open or finish the store leaves its trace as well. No judgement
depends on it: it holds the only times that come from the clock.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from detector.errors import DetectorError, ForeignStore, StoreBusy, StoreDamaged
from detector.files.atomic import replacing
from detector.files.permissions import copy_permissions

FILE_NAME: Final = "last-run.json"


@dataclass(frozen=True, slots=True)
class RunRecord:
    """The last run and the last good one. Instants are UTC in ISO 8601; ``exit_code`` None means it has not ended.

    ``arrived_at`` is when a run last brought new rows. ``noted`` are sentences by language on what the last good run
    found and nobody can see without it. ``quarantine`` counts, of the last run that read any, the rows that were not
    understood, those of them that count towards the limit, and all.
    """

    started_at: str | None = None
    ended_at: str | None = None
    exit_code: int | None = None
    message: str = ""
    good_at: str | None = None
    good_through: str | None = None
    arrived_at: str | None = None
    noted: Mapping[str, Sequence[str]] = field(default_factory=dict)
    quarantine: Sequence[int] = field(default_factory=list)

    @property
    def arrival(self) -> datetime | None:
        """When a run last brought new rows."""
        return None if self.arrived_at is None else datetime.fromisoformat(self.arrived_at)


def read_run_record(folder: Path) -> RunRecord:
    """Return the record; an empty one where nothing ran yet. Raises StoreDamaged where the file is not ours."""
    try:
        content = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
        return RunRecord(**content)
    except FileNotFoundError:
        return RunRecord()
    except (ValueError, TypeError):
        raise StoreDamaged(f"{folder / FILE_NAME} cannot be read; remove it, the next run writes it anew") from None


def record_start(folder: Path, now: datetime) -> None:
    """Record that a run began."""
    earlier = earlier_record(folder)
    _write(folder, replace(earlier, started_at=_instant(now), ended_at=None, exit_code=None, message=""))


def record_end(
    folder: Path,
    now: datetime,
    *,
    exit_code: int,
    message: str = "",
    through: date | None = None,
    noted: Mapping[str, Sequence[str]] | None = None,
    arrived_at: datetime | None = None,
    quarantine: Sequence[int] = (),
) -> None:
    """Record how the run ended; exit codes 0 and 1 are good nights.

    The others, and a run without new rows (``arrived_at``, ``quarantine``), leave what the record says of the earlier.
    """
    earlier = earlier_record(folder)
    good = exit_code in {0, 1}
    _write(
        folder,
        RunRecord(
            started_at=earlier.started_at or _instant(now),
            ended_at=_instant(now),
            exit_code=exit_code,
            message=message,
            good_at=_instant(now) if good else earlier.good_at,
            good_through=through.isoformat() if good and through else earlier.good_through,
            arrived_at=_instant(arrived_at) if arrived_at else earlier.arrived_at,
            noted=(noted or {}) if good else earlier.noted,
            quarantine=quarantine or earlier.quarantine,
        ),
    )


@contextlib.contextmanager
def failures_recorded(folder: Path, clock: Callable[[], datetime]) -> Iterator[None]:
    """Record how a run failed where an error leaves the block.

    A busy store has another run's record, a foreign one another deployment's; both stay as they are.
    """
    try:
        yield
    except (StoreBusy, ForeignStore):
        raise
    except DetectorError as error:
        with contextlib.suppress(OSError):  # where nothing can be written, that is the error
            record_end(folder, clock(), exit_code=error.exit_code, message=str(error))
        raise
    except Exception as error:
        with contextlib.suppress(OSError):
            record_end(folder, clock(), exit_code=-1, message=f"{type(error).__name__}: {error}")
        raise


def earlier_record(folder: Path) -> RunRecord:
    """Return the record of the run before, empty where it is damaged: this run writes it anew."""
    with contextlib.suppress(StoreDamaged):
        return read_run_record(folder)
    return RunRecord()


def _instant(now: datetime) -> str:
    return now.astimezone(UTC).isoformat(timespec="seconds")


def _write(folder: Path, record: RunRecord) -> None:
    """Replace the record as a whole; where the folder is missing there is nothing to watch yet."""
    if not folder.is_dir():
        return
    published = folder / "published.duckdb"
    with replacing(folder / FILE_NAME) as draft:
        draft.write_text(json.dumps(asdict(record), indent=1, ensure_ascii=False), encoding="utf-8")
        if published.exists():
            copy_permissions(published.stat(), draft)
