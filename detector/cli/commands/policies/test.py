"""``detector policies test``: one policy, run against the examples in its own header."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from detector.cli.command import Command, Panel
from detector.cli.completion import policy_names
from detector.cli.render.formats import RowFormat
from detector.cli.render.text import shown, wrap
from detector.cli.session import Session, session_of

if TYPE_CHECKING:
    from detector.policies.examples import JudgedExample
    from detector.policies.policy import Policy

KEYS = (
    "policy", "version", "file", "line", "example", "night", "passed", "expected", "fired", "expected_approved",
    "approved", "problems", "reasons",
)  # fmt: skip


def test(
    context: typer.Context,
    policy: Annotated[
        str,
        typer.Argument(metavar="FILE", help="A policy's file, or its id.", autocompletion=policy_names),
    ],
    row_format: Annotated[  # no test of ours, but the word on the command line
        RowFormat, typer.Option("--format", "-f", help="How to write it.")
    ] = RowFormat.TABLE,  # noqa: PT028
) -> None:
    """Run one policy against its own examples: whom it fires for, and for whom it should. Reads no patient's data.

    The parameters are those that its file declares, whatever detector.toml sets.

    Exit codes: 0 all examples are as expected; 1 some are not; 2 the policy is wrong and cannot be run.
    """
    from detector.policies.catalogue import find_policy
    from detector.policies.examples import judge_example

    session = session_of(context)
    found = find_policy(session.settings, policy)
    judged = [judge_example(found, example) for example in found.examples]
    broken = [one.error for one in judged if one.error is not None and one.readable]
    if row_format is not RowFormat.TABLE:
        session.list_rows([_row(session, one) for one in judged], KEYS, (), row_format)
    elif len(broken) < len(judged):
        session.say(_lines(session, found, judged))
    if broken:
        raise broken[0]
    if any(one.problems for one in judged):
        raise typer.Exit(1)


def _row(session: Session, one: JudgedExample) -> dict[str, Any]:
    return {
        "policy": one.policy.id,
        "version": one.policy.version,
        "file": _file(session, one.policy),
        "line": one.example.line,
        "example": one.example.name,
        "night": str(one.example.night),
        "passed": not one.problems,
        "expected": sorted(set(one.example.fires)),
        "fired": list(one.names),
        "expected_approved": sorted(set(one.example.approved)),
        "approved": list(one.approved),
        "problems": one.problems,
        "reasons": _reasons(session, one),
    }


def _lines(session: Session, policy: Policy, judged: list[JudgedExample]) -> Iterator[str]:
    texts, paint = session.texts, session.paint
    title = texts("policies.title", policy=policy.id, version=policy.version, file=_file(session, policy))
    yield from (paint(line, "bold") for line in wrap(shown(title), session.width, "  "))
    for one in judged:
        passed = not one.problems
        mark = paint("✓", "green") if passed else paint("✗", "red", "bold")
        head = texts("policies.example", example=texts.message(one.example.name), line=one.example.line)
        first, *rest = wrap(shown(head), session.width - 4, "    ")
        yield f"  {mark} {first}"
        yield from rest
        for fact in _facts(session, one):
            lines = wrap(shown(fact), session.width - 4, "  ")
            yield from (f"    {line}" if passed else paint(f"    {line}", "red") for line in lines)
    wrong = sum(bool(one.problems) for one in judged)
    yield ""
    key = "policies.some_wrong" if wrong else "policies.all_right"
    yield from wrap(texts(key, count=len(judged), wrong=wrong), session.width)
    if not wrong and not policy.built_in:
        yield from wrap(shown(_next(session, policy)), session.width)


def _facts(session: Session, one: JudgedExample) -> Iterator[str]:
    """Yield what an example came to: whom it fires for and why, and what was expected where that is another thing."""
    texts = session.texts
    if one.error is not None:
        yield texts.message(str(one.error))
        return
    yield texts("policies.fires", names=_names(session, one.names))
    yield from _reasons(session, one)
    if set(one.names) != set(one.example.fires):
        yield texts("policies.must_fire", names=_names(session, one.example.fires))
    if set(one.approved) != set(one.example.approved):
        yield texts(
            "policies.must_approve",
            names=_names(session, one.example.approved),
            found=_names(session, one.approved),
        )


def _reasons(session: Session, one: JudgedExample) -> list[str]:
    """Return the sentence that an officer would read, for each subject."""
    import json

    rows = one.fired.select(one.policy.subject_column, "reason_values", "event_ids").iter_rows()
    return [
        session.texts(
            "policies.reason",
            name=name,
            reason=one.policy.explain(session.language, json.loads(values)),
            events=len(events),
        )
        for name, values, events in rows
    ]


def _next(session: Session, policy: Policy) -> str:
    """Say what becomes of the policy: it is asked from the next run on, or is not where policies are looked for."""
    from detector.policies.catalogue import SITE_FOLDER

    folder = session.settings.folder / SITE_FOLDER
    if policy.path.parent == folder.resolve():
        switched_off = session.settings.policies.get(policy.id, {}).get("enabled") is False
        return session.texts("policies.switched_off" if switched_off else "policies.asked", policy=policy.id)
    return session.texts("policies.elsewhere", folder=folder)


def _names(session: Session, names: tuple[str, ...]) -> str:
    return session.texts.words(sorted(set(names))) or session.texts("policies.nobody")


def _file(session: Session, policy: Policy) -> str:
    return policy.path.name if policy.built_in else session.relative(str(policy.path))


TEST = Command(
    test,
    panel=Panel.SET_UP,
    examples=("detector policies test night-prints", "detector policies test policies/night-prints.sql"),
)
