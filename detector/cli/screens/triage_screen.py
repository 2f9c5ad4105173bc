"""What an officer reads after deciding: what changed, under which number, and what to mind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from detector.cli.render.text import shown, wrap
from detector.cli.screens.findings_screen import who
from detector.cli.typed_words import with_id

if TYPE_CHECKING:
    from detector.cli.session import Session
    from detector.review.triage import Coverage, Draft
    from detector.texts import Texts
    from detector.trail import Decision, Entry


def decided_lines(drafts: Sequence[Draft], entries: Sequence[Entry], session: Session) -> Iterator[str]:
    """Yield one line a decision, what to mind about it, and where the trail ends now."""
    texts = session.texts
    for draft, entry in zip(drafts, entries, strict=True):
        told = draft.details
        line = texts(
            "triage.decided",
            finding=told["finding"],
            who=who(draft.finding, texts),
            before=texts.name("finding_status", draft.status),
            after=with_id(texts.name("finding_status", told["disposition"]), told["disposition"]),
            number=entry.number,
        )
        yield from wrap(shown(line), session.width, "  ")
        yield from (
            f"  {part}" for remark in _remarks(draft, session) for part in wrap(shown(remark), session.width - 2)
        )
    if entries:
        yield ""
        yield from wrap(texts("triage.head", number=entries[-1].number, hash=entries[-1].hash), session.width)


def coverage_lines(covered: Sequence[Coverage], session: Session) -> Iterator[str]:
    """Yield what a justification would explain in the nights to come, and what of it is more than the finding."""
    texts = session.texts
    for one in covered:
        told = texts(
            "triage.would_explain",
            who=who(one.finding, texts),
            until=one.until,
            scope=scope_words(one.patterns, texts),
        )
        yield from wrap(shown(told), session.width, "  ")
        if one.beyond:
            more = () if "all" in one.beyond else one.beyond
            yield from wrap(texts("triage.beyond", scope=scope_words(more, texts)), session.width, "  ")


def scope_words(named: Sequence[str], texts: Texts) -> str:
    """Name patterns in words with their ids; none are all of them."""
    from detector.detection.patterns import patterns

    known = patterns()
    if not named:
        return texts("triage.every_pattern")
    return texts.words(with_id(known[one].title[texts.language] if one in known else one, one) for one in named)


def is_settled(finding: Mapping[str, Any]) -> bool:
    """Whether an officer's decision has closed the finding."""
    from detector.model.findings import CLOSED_STATUSES

    return finding["status"] in CLOSED_STATUSES


def opening(
    decisions: Sequence[Decision], finding: Mapping[str, Any], cleared: str | None, session: Session
) -> list[str]:
    """Return what stands before the suspicion: how a settled finding was decided, or that it has been ``cleared``."""
    from detector.trail.decisions import not_taken_back

    texts = session.texts
    standing = not_taken_back(decisions)
    if not is_settled(finding) or not standing:
        return [] if cleared is None else [texts("show.opens_cleared", text=cleared)]
    last = standing[-1]
    told = texts(
        "show.opens_settled",
        status=texts.name("finding_status", finding["status"]),
        officer=last.officer,
        time=session.local(datetime.fromisoformat(last.at)),
    )
    return [told + (texts("show.decision_note", note=last.note) if last.note else "")]


def decision_lines(decisions: Sequence[Decision], finding: Mapping[str, Any], session: Session) -> Iterator[str]:
    """Yield what was decided about a finding, oldest first, and whether it has grown since."""
    from detector.trail.decisions import has_grown

    if not decisions:
        return
    texts = session.texts
    yield ""
    yield session.paint(texts("show.decisions"), "bold", "cyan")
    for decision in decisions:
        key = "show.decision" if decision.undoes is None else "show.decision_undone"
        line = texts(
            key,
            number=decision.number,
            time=session.local(datetime.fromisoformat(decision.at)),
            officer=decision.officer,
            status=texts.name("finding_status", decision.disposition),
            undone=decision.undoes,
        )
        until = "" if decision.until is None else texts("show.decision_until", until=decision.until)
        note = texts("show.decision_note", note=decision.note) if decision.note else ""
        text = f"- {line}{until}{note}"
        yield from (f"  {part}" for part in wrap(shown(text), session.width - 2, "  "))
    last = decisions[-1]
    if last.state and has_grown(last.state, finding):
        grown = texts("triage.grown_since", **_growth(last.state, finding, texts))
        yield from (f"  {part}" for part in wrap(grown, session.width - 2, "  "))


def _growth(before: Mapping[str, Any], now: Mapping[str, Any], texts: Texts) -> dict[str, str]:
    """Tell what has grown since a state that the trail remembers: patients, or what else there is more of."""
    amounts = {name: (int(before.get(name) or 0), int(now[name] or 0)) for name in ("patients", "records", "accesses")}
    name = next((name for name, (then, later) in amounts.items() if later > then), "accesses")
    return {
        moment: texts(f"triage.amount_{name}", count=f"{count:,}")
        for moment, count in zip(("before", "after"), amounts[name], strict=True)
    }


def _remarks(draft: Draft, session: Session) -> Iterator[str]:
    texts, told = session.texts, draft.details
    if draft.looked_at is None:
        yield texts("triage.not_seen", finding=told["finding"])
    elif draft.grown:
        yield texts(
            "triage.grown",
            **_growth(draft.looked_at, draft.finding, texts),
            seen=draft.finding["last_seen_on"],
        )
    if told["until"] is not None:
        yield texts("triage.explains", until=told["until"], scope=scope_words(told["patterns"], texts))
