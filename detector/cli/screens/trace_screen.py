"""From a leak to the accounts: the short list, and one account patient by patient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from detector.cli.render.paint import Paint
from detector.cli.render.screen_table import ScreenColumn, table
from detector.cli.render.text import shown, wrap
from detector.model.relations import explanation_text
from detector.texts import Texts
from detector.texts.untrusted import called

if TYPE_CHECKING:
    from detector.tracing.trace import Trace

Row = Mapping[str, Any]
LIKELY: Final = 0.5
LIKELY_NONE: Final = 0.8
"""Probability from which it is said that none of the accounts is the source."""
LEAST_CHANCE: Final = 0.001
"""A smaller probability is told as below it."""
NAMED: Final = 6
"""Accounts or patient numbers that a sentence names; the others are counted."""
NAMED_IN_TABLE: Final = 3


def lines(
    trace: Trace, exports: Sequence[Row], texts: Texts, width: int, paint: Paint, *, top: int, file: str
) -> Iterator[str]:
    """Yield the ranking; ``exports`` are lists that name no patient: rows of ``sql/trace/list_exports.sql``."""
    total = trace.complaints.height
    yield paint(shown(texts("trace.title", total=total)), "bold")
    for sentence in _summary(trace, texts):
        yield from wrap(shown(sentence), width, "  ")
    yield ""
    yield from table(_columns(texts), [_cells(row, texts) for row in trace.rows[:top]], width=width, paint=paint)
    yield ""
    notes = [texts("trace.columns")]
    if len(trace.rows) > top:
        notes.append(texts("trace.rest", count=len(trace.rows) - top))
    if exports:
        notes.append(texts("trace.exports", exports=texts.clauses(_export(one, texts) for one in exports)))
    notes += [texts("trace.lead"), texts("trace.next", file=file, user=trace.rows[0]["user_id"])]
    for note in notes:
        yield from (paint(line, "dim") for line in wrap(shown(note), width, "  "))


def unknown_patients(trace: Trace, texts: Texts) -> str | None:
    """Say which patient numbers nobody knows."""
    if not trace.unknown:
        return None
    return texts("trace.unknown", count=len(trace.unknown), patients=_listed(trace.unknown, texts))


def _export(one: Row, texts: Texts) -> str:
    """Name an account's largest list, and the approval that covered it: that speaks for the person."""
    told = texts("trace.export", user=one["user_id"], records=f"{one['records']:,}", date=one["exported_on"])
    if one["approved_for"] is None:
        return told
    ends = {name: one[f"approved_{name}"] or "–" for name in ("from", "until")}
    return texts("trace.export_approved", export=told, reason=one["approved_for"] or texts("show.unknown"), **ends)


def _chance(p_value: float, texts: Texts) -> str:
    """Return a probability as a reader without statistics takes it."""
    if p_value < LEAST_CHANCE:
        return texts("trace.chance_small")
    return texts("trace.chance", share=f"{p_value:.{0 if p_value >= 0.01 else 1}%}")


def explained_lines(
    row: Row, trace: Trace, accesses: Sequence[Row], texts: Texts, width: int, paint: Paint
) -> Iterator[str]:
    """Yield one account, patient by patient, and what speaks for the person."""
    yield paint(shown(texts("trace.account", who=who(row), department=row["department"] or "–")), "bold")
    standing = texts(
        "trace.standing",
        rank=row["rank"],
        accounts=len(trace.rows),
        posterior=percent(row["posterior"]),
        opened=row["leaked_patients_accessed"],
        total=row["leaked_patients_total"],
        expected=f"{row['expected']:.1f}",
        chance=_chance(row["p_value"], texts),
    )
    yield from wrap(shown(standing), width, "  ")
    yield from wrap(shown(texts("trace.chance_apart")), width, "  ")
    yield ""
    columns = [
        ScreenColumn("patient_id", texts("trace.patient")),
        ScreenColumn("first", texts("trace.first")),
        ScreenColumn("days_before", texts("trace.days_before"), align="right"),
        ScreenColumn("what", texts("trace.what"), fit="wrap"),
        ScreenColumn("why", texts("trace.why"), fit="wrap", style=_why_style),
        ScreenColumn("other_accounts", texts("trace.others"), align="right"),
    ]
    yield from table(columns, [_access_cells(one, texts) for one in accesses], width=width, paint=paint)
    yield ""
    yield paint(texts("trace.speaks_for"), "bold", "cyan")
    for sentence in speaks_for(row, accesses, texts):
        yield from (f"  {line}" for line in wrap(shown(f"- {sentence}"), width - 2, "  "))
    yield ""
    more = texts("trace.explain_next", user=row["user_id"])
    yield from (paint(line, "dim") for line in wrap(shown(more), width, "  "))


def who(row: Row) -> str:
    """Name an account with its holder."""
    return called(row)


def percent(share: float) -> str:
    """Return a probability for people; never a certainty."""
    return ">99%" if share > 0.99 else "<1%" if share < 0.01 else f"{share:.0%}"


def _summary(trace: Trace, texts: Texts) -> Iterator[str]:
    best = trace.rows[0]
    alike = best["indistinguishable_from"]
    values = {"who": who(best), "posterior": percent(best["posterior"]), "none": percent(trace.none)}
    yield texts(f"trace.{_verdict(trace)}", other=best["shared_with"], others=_listed(alike, texts), **values)
    needed = best["complaints_needed"]
    if best["leaked_patients_accessed"] and needed != 0:
        yield texts("trace.never" if needed is None else "trace.needed", count=needed)
    if trace.early:
        yield texts("trace.early", count=trace.early)
    if trace.undated:
        yield texts("trace.undated", count=trace.undated)


def _verdict(trace: Trace) -> str:
    """Return which sentence the probabilities bear out: the key of a text."""
    best = trace.rows[0]
    partner = sum(row["posterior"] for row in trace.rows if row["user_id"] == best["shared_with"])
    if not best["leaked_patients_accessed"] or trace.none >= LIKELY_NONE:
        return "nobody"
    if partner and best["posterior"] + partner >= LIKELY:
        return "shared"
    if best["posterior"] < LIKELY and best["complaints_needed"]:
        return "too_few"
    if best["indistinguishable_from"]:
        return "alike"
    return "open" if best["posterior"] < LIKELY else "stands_out"


def _columns(texts: Texts) -> list[ScreenColumn]:
    return [
        ScreenColumn("rank", "", align="right"),
        ScreenColumn("who", texts("trace.who"), fit="wrap"),
        ScreenColumn("department", texts("trace.department"), fit="clip"),
        ScreenColumn("share", texts("trace.opened"), align="right"),
        ScreenColumn("expected", texts("trace.expected"), align="right"),
        ScreenColumn("unexplained_accesses", texts("trace.unexplained"), align="right"),
        ScreenColumn("posterior_words", texts("trace.posterior"), align="right", style=_posterior_style),
        ScreenColumn("alike", texts("trace.not_told_apart"), fit="wrap"),
    ]


def _cells(row: Row, texts: Texts) -> dict[str, Any]:
    return {
        **row,
        "who": who(row),
        "share": f"{row['leaked_patients_accessed']}/{row['leaked_patients_total']}",
        "posterior_words": percent(row["posterior"]),
        "alike": _listed(row["indistinguishable_from"], texts, most=NAMED_IN_TABLE),
    }


def _access_cells(row: Row, texts: Texts) -> dict[str, Any]:
    if row["first_access"] is None:
        later = texts("trace.opened_later") if row["opened_later"] else texts("trace.never_opened")
        return {**row, "first": None, "what": later, "why": None}
    kinds = ("contact_only", "contact", "wrote", "taken")
    done = [kind for kind in kinds if row[kind] and not (kind == "contact" and row["contact_only"])]
    reasons = [explanation_text(one, texts) for one in row["explanations"] or [None]]
    return {
        **row,
        "first": row["first_access"][:16],
        "what": texts.words(texts(f"trace.{kind}") for kind in done) or texts("trace.read"),
        "why": texts.words(dict.fromkeys(reasons)),
    }


def speaks_for(row: Row, accesses: Sequence[Row], texts: Texts) -> Iterator[str]:
    """Yield what speaks for the person; there is always something."""
    opened = [one for one in accesses if one["first_access"] is not None]
    explained = sum(bool(one["explained"]) for one in opened)
    if explained:
        yield texts("trace.for_explained", explained=explained, opened=len(opened))
    if row["expected"] >= 0.5:
        yield texts("trace.for_expected", expected=f"{row['expected']:.1f}", total=row["leaked_patients_total"])
    if len(opened) < len(accesses):
        yield texts("trace.for_unopened", count=len(accesses) - len(opened))
    later = sum(bool(one["opened_later"]) and one["first_access"] is None for one in accesses)
    if later:
        yield texts("trace.for_later", count=later)
    shared = [one for one in opened if one["other_accounts"]]
    if shared:
        fewest = min(one["other_accounts"] for one in shared)
        yield texts("trace.for_others", count=len(shared), fewest=fewest)
    if row["indistinguishable_from"]:
        yield texts("trace.for_alike", others=_listed(row["indistinguishable_from"], texts))
    yield texts("trace.for_log")


def _listed(names: Sequence[str], texts: Texts, most: int = NAMED) -> str:
    first = texts.words(names[:most])
    return first if len(names) <= most else texts("trace.and_more", names=first, count=len(names) - most)


def _posterior_style(row: Row) -> tuple[str, ...]:
    return ("bold",) if row["posterior"] >= LIKELY else ()


def _why_style(row: Row) -> tuple[str, ...]:
    return ("red",) if row["suspicious"] else ("green",) if row["explained"] else ()
