"""What a person reads about deliveries: what was sent, what waits, what was refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from detector.cli.render.paint import Paint
from detector.cli.render.text import shown, wrap
from detector.texts import Texts

if TYPE_CHECKING:
    from detector.cli.session import Session
    from detector.export.delivery import DeliveryOutcome, TargetState

STATE_KEYS: Final = (
    "name", "target", "waiting", "refused", "failures", "last_attempt_at", "last_success_at", "last_error",
    "dead_letters",
)  # fmt: skip
LETTERS_SHOWN: Final = 10


def outcome_lines(outcomes: Sequence[DeliveryOutcome], texts: Texts, width: int, paint: Paint) -> Iterator[str]:
    """Yield a line or two for each target."""
    for outcome in outcomes:
        line = texts("export.sent", receiver=outcome.name, sent=outcome.sent, waiting=outcome.waiting)
        if outcome.refused:
            line += texts("export.refused", refused=outcome.refused)
        if not outcome.certain:
            line += texts("export.best_effort")
        yield from wrap(shown(line), width, "  ")
        if outcome.error:
            error = shown(f"  {texts.message(outcome.error)}")
            yield from (paint(part, "red") for part in wrap(error, width, "  "))


def failure_text(failed: Sequence[DeliveryOutcome], texts: Texts) -> str:
    """Return one line for the error of a command: what did not get through, and that nothing is lost."""
    messages = []
    for outcome in failed:
        reason = texts.message(outcome.error or "") or texts("export.some_refused", refused=outcome.refused)
        messages.append(reason if reason.startswith(outcome.name) else f"{outcome.name}: {reason}")
    return texts("export.failed", failures=texts.clauses(messages))


def state_rows(states: Sequence[TargetState]) -> list[dict[str, Any]]:
    """Return the rows of ``--status`` for machines."""
    return [
        {
            "name": state.name,
            "target": state.target,
            "waiting": state.waiting,
            "refused": len(state.dead_letters),
            "failures": state.delivered.failures if state.delivered else 0,
            "last_attempt_at": state.delivered.last_attempt_at if state.delivered else None,
            "last_success_at": state.delivered.last_success_at if state.delivered else None,
            "last_error": state.delivered.last_error if state.delivered else None,
            "dead_letters": [
                {"id": one.key, "revision": one.revision, "reason": one.reason, "refused_at": one.refused_at}
                for one in state.dead_letters
            ],
        }
        for state in states
    ]


def state_lines(states: Sequence[TargetState], session: Session) -> Iterator[str]:
    """Yield the lines of ``--status`` for a person."""
    texts = session.texts
    if not states:
        yield texts("export.no_targets")
    for row in state_rows(states):
        yield session.paint(shown(f"{row['name']}  {row['target']}"), "bold")
        yield f"  {state_text(row, session)}"
        if row["last_error"]:
            line = texts("export.last_error", error=row["last_error"], failures=row["failures"])
            yield from (session.paint(part, "red") for part in wrap(shown(f"  {line}"), session.width, "  "))
        for letter in row["dead_letters"][:LETTERS_SHOWN]:
            line = texts("export.dead_letter", finding=letter["id"], reason=texts.message(letter["reason"]))
            yield from wrap(shown(f"  {line}"), session.width, "    ")
        if row["dead_letters"]:
            yield f"  {texts('export.retry', count=len(row['dead_letters']))}"


def state_text(row: Mapping[str, Any], session: Session) -> str:
    """Return in one sentence what waits for a target and when it last took everything."""
    last = row["last_success_at"]
    when = session.local(datetime.fromisoformat(last)) if last else session.texts("export.never")
    return session.texts("export.state", waiting=row["waiting"], refused=row["refused"], time=when)
