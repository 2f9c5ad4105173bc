"""The whole nightly job of a deployment: its nights, recorded for ``status``; then its reports and deliveries.

:func:`recorded_nights` writes into the folder of the store alone; :func:`follow_up` is what leaves it, once the nights
are published.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from detector.night.last_run import failures_recorded, record_end, record_start
from detector.texts import load_texts
from detector.texts.language import LANGUAGES

if TYPE_CHECKING:
    from detector.deployment.settings import Settings
    from detector.export.delivery import DeliveryOutcome
    from detector.night.summary import RunSummary
    from detector.progress import Progress
    from detector.texts import Texts
    from detector.texts.language import Language

FOR_STATUS: Final = frozenset({"noted", "quarantine", "arrived_at"})
"""What the summary keeps for ``status`` alone."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What came after the nights: the summary with the reports that could not be written, and every delivery."""

    summary: RunSummary
    delivered: Sequence[DeliveryOutcome]


def check_follow_up(settings: Settings) -> None:
    """Raise ConfigError where a report or an export is asked for that there is not."""
    from detector.export.targets import configured  # noqa: PLC0415  (heavy: only a run needs them)
    from detector.reports.configured import check_reports  # noqa: PLC0415

    configured(settings)
    check_reports(settings)


def recorded_nights(
    settings: Settings,
    through: date | None,
    progress: Progress,
    language: Language,
    *,
    accept_context: Collection[str] = (),
    start: datetime | None = None,
) -> RunSummary:
    """Load and judge as :func:`detector.night.job.run_nights`, and record for ``status`` how it began and ended."""
    from detector.night.job import run_nights  # noqa: PLC0415

    folder = settings.store.path.parent
    with failures_recorded(folder, now):
        summary = run_nights(
            settings,
            through,
            progress,
            accept_context=accept_context,
            language=language,
            on_open=lambda: record_start(folder, now()),
            start=start,
        )
    _record(folder, summary)
    return summary


def follow_up(
    settings: Settings,
    summary: RunSummary,
    language: Language,
    tell: Callable[[RunSummary], None] = lambda _: None,
) -> FollowUp:
    """Write every ``[[report]]``, ``tell`` the summary, and bring every ``[[export]]`` up to date."""
    problems = _unwritten_reports(settings, language)
    if problems:
        summary = _with_unwritten(summary, problems, language)
        _record(settings.store.path.parent, summary)
    tell(summary)
    return FollowUp(summary, _delivered(settings, language))


def summary_keys(summary: RunSummary, texts: Texts, delivered: Sequence[DeliveryOutcome]) -> dict[str, object]:
    """Return the summary as the keys of ``--json``."""
    keys = {name: getattr(summary, name) for name in type(summary).__dataclass_fields__ if name not in FOR_STATUS}
    seen = summary.visibility.keys(texts) if summary.visibility is not None else None
    return keys | {"visibility": seen, "delivery": [asdict(outcome) for outcome in delivered]}


def exit_code(summary: RunSummary) -> int:
    """Return 1 where something needs attention, else 0."""
    return 1 if summary.attention else 0


def now() -> datetime:
    """Return the clock's time."""
    return datetime.now(UTC)


def _delivered(settings: Settings, language: Language) -> list[DeliveryOutcome]:
    if not settings.exports:
        return []
    from detector.export.delivery import deliver_all  # noqa: PLC0415

    return deliver_all(settings, now, language)


def _unwritten_reports(settings: Settings, language: Language) -> list[str]:
    """Write every ``[[report]]`` once the night is published; return why any could not be written."""
    if not settings.reports:
        return []
    from detector.reports.configured import write_reports  # noqa: PLC0415

    return [one.problem for one in write_reports(settings, language) if one.problem]


def _with_unwritten(summary: RunSummary, problems: Sequence[str], language: Language) -> RunSummary:
    """Return the summary of a run that could not write each report."""
    told = {one: [load_texts(one)("attention.report", problem=problem) for problem in problems] for one in LANGUAGES}
    noted: dict[str, list[str]] = {one: [*summary.noted.get(one, ()), *told[one]] for one in LANGUAGES}
    return replace(summary, attention=[*summary.attention, *told[language]], noted=noted)


def _record(folder: Path, summary: RunSummary) -> None:
    """Record for ``status`` how the run ended, and what of it only the run can know."""
    record_end(
        folder,
        now(),
        exit_code=exit_code(summary),
        through=summary.through,
        noted=summary.noted,
        arrived_at=summary.arrived_at,
        quarantine=summary.quarantine,
    )
