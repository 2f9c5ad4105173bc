"""Runs every policy against the examples in its own header: those that must fire, and those that must not."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from detector.deployment.settings import Alerting, ContextPaths, Settings, Site, StoreSettings
from detector.policies.example_nights import example_outages, fill_example, prepare_night
from detector.policies.firing import run_policy
from detector.policies.policy import Example, Policy, PolicyError


def check_policies(policies: Sequence[Policy]) -> list[str]:
    """Return one line per example that is judged wrongly or cannot be run; none where all is well.

    Policies run with their declared defaults: a site's own thresholds do not make an example wrong.
    """
    examples = ((policy, example) for policy in policies for example in policy.examples)
    return [problem for policy, example in examples for problem in _problems(policy, example)]


def example_settings(policy: Policy, example: Example) -> Settings:
    """Return the settings of an imagined site that the example lives in."""
    folder = policy.path.parent
    return Settings(
        path=policy.path,
        folder=folder,
        site=Site(name="example", timezone=example.timezone, calendar=example.calendar),
        store=StoreSettings(path=folder / "state" / "detector.duckdb"),
        sources=(),
        context=ContextPaths(),
        alerting=Alerting(),
        officers={},
        policies={},
        digest="",
        outages=example_outages(example),
    )


def _problems(policy: Policy, example: Example) -> list[str]:
    def problem(message: str) -> str:
        return str(PolicyError(f"example {example.name!r}: {message}", file=policy.path, line=example.line))

    connection = duckdb.connect(config={"threads": 1})
    try:
        try:
            fill_example(connection, example)
            prepare_night(connection, example_settings(policy, example), example)
        except (ValueError, KeyError, duckdb.Error) as error:
            line = str(error).partition("\n")[0]
            return [problem(f"its data cannot be read: {line}")]
        fired = run_policy(connection, policy, example.night, example.timezone, policy.defaults)
    except PolicyError as error:
        return [str(error)]
    finally:
        connection.close()
    problems = []
    for wanted, found, what in (
        (set(example.fires), set(fired[policy.subject_column]), "must fire for"),
        (
            set(example.approved),
            set(fired.filter(fired["approval"].is_not_null())[policy.subject_column]),
            "an approval must cover",
        ),
    ):
        if wanted != found:
            problems.append(problem(f"{what} {_names(wanted)}, not {_names(found)}"))
    return problems


def _names(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "nobody"
