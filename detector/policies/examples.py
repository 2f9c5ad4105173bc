"""Runs every policy against the examples in its own header: those that must fire, and those that must not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import duckdb
import polars as pl

from detector.database.connection import RIGHT_SUMS
from detector.deployment.settings import Alerting, ContextPaths, Settings, Site, StoreSettings
from detector.policies.example_nights import example_outages, fill_example, prepare_night
from detector.policies.firing import FIRED_SCHEMA, run_policy
from detector.policies.policy import Example, Policy, PolicyError

NOBODY: Final = pl.DataFrame(schema=FIRED_SCHEMA)


@dataclass(frozen=True, slots=True)
class JudgedExample:
    """What a policy made of an example: the rows ``fired``, in the columns of ``FIRED_SCHEMA``.

    ``error`` says why it could not be run; then nothing fired. ``readable`` is false where the example's own rows are
    the reason.
    """

    policy: Policy
    example: Example
    fired: pl.DataFrame
    error: PolicyError | None = None
    readable: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """The subjects that it fires for, in order."""
        return tuple(self.fired[self.policy.subject_column].sort().to_list())

    @property
    def approved(self) -> tuple[str, ...]:
        """Those of them that an approval covers."""
        covered = self.fired.filter(pl.col("approval").is_not_null())
        return tuple(covered[self.policy.subject_column].sort().to_list())

    @property
    def problems(self) -> list[str]:
        """What is wrong, a line with file and line each; nothing where all is as the example wants it."""
        if self.error is not None:
            return [str(self.error)]
        return [
            str(_located(self.policy, self.example, f"{what} {_names(wanted)}, not {_names(found)}"))
            for wanted, found, what in (
                (self.example.fires, self.names, "must fire for"),
                (self.example.approved, self.approved, "an approval must cover"),
            )
            if set(wanted) != set(found)
        ]


def check_policies(policies: Sequence[Policy]) -> list[str]:
    """Return one line per example that is judged wrongly or cannot be run; none where all is well.

    Policies run with their declared defaults: a site's own thresholds do not make an example wrong.
    """
    judged = (judge_example(policy, example) for policy in policies for example in policy.examples)
    return [problem for one in judged for problem in one.problems]


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


def judge_example(policy: Policy, example: Example) -> JudgedExample:
    """Run a policy, with its declared defaults, over the night of one example."""
    connection = duckdb.connect(config=RIGHT_SUMS | {"threads": 1})
    try:
        try:
            fill_example(connection, example)
            prepare_night(connection, example_settings(policy, example), example)
        except (ValueError, KeyError, duckdb.Error) as error:
            line = str(error).partition("\n")[0]
            said = _located(policy, example, f"its data cannot be read: {line}")
            return JudgedExample(policy, example, NOBODY, said, readable=False)
        return JudgedExample(
            policy, example, run_policy(connection, policy, example.night, example.timezone, policy.defaults)
        )
    except PolicyError as error:
        return JudgedExample(policy, example, NOBODY, error)
    finally:
        connection.close()


def _located(policy: Policy, example: Example, message: str) -> PolicyError:
    return PolicyError(f"example {example.name!r}: {message}", file=policy.path, line=example.line)


def _names(names: Iterable[str]) -> str:
    return ", ".join(sorted(set(names))) or "nobody"
