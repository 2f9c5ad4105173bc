"""Fits what the hypotheses weigh to the attacks of some hospitals, and judges others with it: is it worth keeping?

    python -m tests.evaluation.fitting --known HOSPITAL TRUTH ... --unseen HOSPITAL TRUTH ...

HOSPITAL is a deployment that was worked through, as for :mod:`tests.evaluation.ablation`; `tests.evaluation.measure
--perturb` makes hospitals with episodes of the drill among their attacks. Of the hypotheses about relations the weights
are hand-set statements about what care does not need. Here they are fitted to the accesses of the accounts that attack,
while they do: of each account a share of its own follows the hypothesis, the rest its habit, as in the likelihood ratio
that the nights use (expectation maximization). Weights are products of three factors (relation, colleagues' notes, kind
of access), and every attack counts the same. Each factor is drawn towards the hand-set one by a number of attacks: the
penalty for what few attacks cannot know. It is chosen where the attacks of hospitals that were left out get most
evidence; hand-set is the limit of a large one.

Prints that choice, the fitted factors, and the unseen hospitals judged by the hand-set ones, with each hypothesis
fitted alone, and with all of them.
"""

from __future__ import annotations

import argparse
import datetime as dt
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from detector.detection.accumulation import Floats
from detector.detection.hypotheses import HYPOTHESES, Component, Hypothesis
from detector.detection.patterns import named_for
from tests.evaluation.ablation import (
    STEPS,
    History,
    Step,
    first_alerts,
    judged_accesses,
    judged_days,
    read_history,
    row,
    switched_off,
)

FACTORS: Final = ("relation", "corroboration", "access_type")
PENALTIES: Final = (1.0, 3.0, 10.0, 30.0, 100.0, math.inf)
"""How many attacks the hand-set weights count for."""
ROUNDS: Final = 30
"""Of expectation and maximization; the factors stand still after about ten."""
LEAST_SHARE: Final = 0.002
"""Of the accesses of an account while it attacks."""
FITTED: Final = tuple(one for one in HYPOTHESES if one.view == "relation")

Weights = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Attacker:
    """What the accounts of an attack did meanwhile: ``labels``, one an access, and how ``usual`` each is for them."""

    hypothesis: str
    labels: tuple[str, ...]
    usual: Floats


@dataclass(frozen=True, slots=True)
class Fit:
    """A hypothesis with other weights: what scoring reads of one."""

    id: str
    view: str
    components: tuple[Component, ...]


def attackers(history: History) -> list[Attacker]:
    """Return what each attack's accounts did, once for every hypothesis that its patterns are names for."""
    guilty = pl.col("user_id").is_in(sorted(history.truth.guilty))
    judged = pl.concat(
        one.filter(guilty).select("business_date", "user_id", "label_relation", "share_relation")
        for one in judged_accesses(history, STEPS[0])
    )
    found = []
    for attack in history.truth.attacks:
        own = judged.filter(
            pl.col("user_id").is_in(sorted(attack.user_ids))
            & pl.col("business_date").is_between(attack.start, attack.end)
        )
        labels, usual = tuple(own["label_relation"]), own["share_relation"].to_numpy()
        names = named_for(attack.expected_patterns)
        found += [Attacker(one.id, labels, usual) for one in FITTED if one.id in names and labels]
    return found


def factor_of(weights: Weights, place: int) -> dict[str, float]:
    """Return the weights of labels as shares of one factor's values."""
    summed: dict[str, float] = {}
    for label, weight in weights.items():
        value = label.split("/")[place]
        summed[value] = summed.get(value, 0.0) + weight
    return summed


def product_of(factors: Sequence[Weights]) -> dict[str, float]:
    """Return the weights of labels whose factors are these; they sum to 1."""
    return {
        "/".join(values): math.prod(factor[value] for factor, value in zip(factors, values, strict=True))
        for values in itertools.product(*factors)
    }


def fitted_weights(attacks: Sequence[Attacker], weights: Weights, penalty: float) -> dict[str, float]:
    """Return weights of labels fitted to the attacks, from the hand-set ``weights`` on, and drawn towards them."""
    if math.isinf(penalty) or not attacks:
        return dict(weights)
    values = [sorted({label.split("/")[place] for one in attacks for label in one.labels}) for place in range(3)]
    hand_set = [dict.fromkeys(values[place], 0.0) | factor_of(weights, place) for place in range(len(FACTORS))]
    factors: list[dict[str, float]] = [
        {one: (share + 0.01 / len(factor)) / 1.01 for one, share in factor.items()} for factor in hand_set
    ]
    shares = [0.2] * len(attacks)
    for _ in range(ROUNDS):
        current = product_of(factors)
        seen = [dict.fromkeys(factor, 0.0) for factor in factors]
        for number, attack in enumerate(attacks):
            follows = shares[number] * np.array([current[label] for label in attack.labels])
            belongs = follows / (follows + (1 - shares[number]) * attack.usual)
            shares[number] = max(LEAST_SHARE, float(belongs.mean()))
            for place, factor in enumerate(seen):
                for label, part in zip(attack.labels, belongs / belongs.sum(), strict=True):
                    factor[label.split("/")[place]] += float(part)
        factors = [
            {one: (penalty * by_hand[one] + count[one] + 1e-6) / (penalty + len(attacks)) for one in count}
            for by_hand, count in zip(hand_set, seen, strict=True)
        ]
    return product_of([{one: part / sum(factor.values()) for one, part in factor.items()} for factor in factors])


def of_focus(fitted: Weights, focus: Weights) -> dict[str, float]:
    """Return fitted weights as a focus has them: relations that it leaves out stay out."""
    relations = factor_of(focus, 0)
    kept = {label: weight for label, weight in fitted.items() if label.split("/")[0] in relations}
    return {label: weight / sum(kept.values()) for label, weight in kept.items()}


def fit(hypothesis: Hypothesis, attacks: Sequence[Attacker], penalty: float) -> Fit:
    """Return a hypothesis fitted to attacks; its components keep their names and shares."""
    own = [attack for attack in attacks if attack.hypothesis == hypothesis.id]
    widest = max(hypothesis.focuses.values(), key=len)
    fitted = fitted_weights(own, widest, penalty)
    keep = math.isinf(penalty) or not own
    return Fit(
        hypothesis.id,
        hypothesis.view,
        tuple(
            Component(
                one.name,
                one.weights
                if keep or one.weights == hypothesis.focuses.get("there")
                else of_focus(fitted, one.weights),
                one.share,
            )
            for one in hypothesis.components
        ),
    )


def evidence(attacks: Sequence[Attacker], known: Sequence[Attacker], penalty: float) -> float:
    """Return the evidence (nats, mean of the attacks) by weights fitted to the ``known`` ones.

    Of an attack the component counts that has most, and an access no more than its square root: a long attack tells
    little more than a short one.
    """
    figures = []
    for hypothesis in FITTED:
        own = fit(hypothesis, known, penalty)
        for attack in attacks:
            if attack.hypothesis == hypothesis.id:
                sums = [
                    float(
                        np.log1p(
                            one.share
                            * (np.array([one.weights.get(label, 0.0) for label in attack.labels]) / attack.usual - 1)
                        ).sum()
                    )
                    for one in own.components
                ]
                figures.append(max(0.0, *sums) ** 0.5)
    return float(np.mean(figures)) if figures else 0.0


def chosen_penalty(hospitals: Sequence[Sequence[Attacker]]) -> dict[float, float]:
    """Return each penalty with the evidence in hospitals that were left out of the fit."""
    result = {}
    for penalty in PENALTIES:
        figures = [
            evidence(left_out, [attack for other in hospitals if other is not left_out for attack in other], penalty)
            for left_out in hospitals
        ]
        result[penalty] = float(np.mean(figures))
    return result


def judge(histories: Sequence[History], hypotheses: Sequence[object], name: str) -> list[str]:
    """Return the line of the hospitals judged with these hypotheses."""
    step = Step(name, patches={"detector.detection.likelihood.HYPOTHESES": tuple(hypotheses)})
    results = []
    for history in histories:
        with switched_off(step):
            alerts: Mapping[str, dt.date] = first_alerts(judged_days(history, step), pooled=False)
            results.append((history.truth, dict(alerts)))
    return row(name, results)


def _read(paths: Sequence[Path]) -> list[History]:
    return [read_history(folder, truth) for folder, truth in zip(paths[::2], paths[1::2], strict=True)]


def main() -> None:
    """Print what was chosen and what it is worth."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--known", nargs="+", type=Path, required=True, metavar="PATH")
    parser.add_argument("--unseen", nargs="+", type=Path, required=True, metavar="PATH")
    options = parser.parse_args()
    known = [attackers(history) for history in _read(options.known)]
    attacks = [attack for hospital in known for attack in hospital]
    penalties = chosen_penalty(known)
    best = max(penalties, key=penalties.__getitem__)
    fits = [fit(one, attacks, best) if one in FITTED else one for one in HYPOTHESES]
    lines = [f"{len(attacks)} attacks; attacks the hand-set weights count for, evidence where left out (root of nats):"]
    lines += [
        f"- {penalty:g}: {figure:.3f}{' (chosen)' if penalty == best else ''}" for penalty, figure in penalties.items()
    ]
    for hypothesis, own in zip(HYPOTHESES, fits, strict=True):
        if hypothesis in FITTED:
            for place, name in enumerate(FACTORS):
                before, after = (factor_of(one.components[0].weights, place) for one in (hypothesis, own))
                pairs = ", ".join(
                    f"{one} {before.get(one, 0):.2f} → {after[one]:.2f}" for one in after if after[one] >= 0.01
                )
                lines.append(f"- {hypothesis.id}, {name}: {pairs}")
    heads = ["weights", "high", "medium", "low", "delay, days", "exposed", "innocent alerts /1,000/week"]
    unseen = _read(options.unseen)
    rows = [heads, ["---", *["---:"] * 6], judge(unseen, HYPOTHESES, "hand-set")]
    for one in FITTED:
        chosen = [own if own.id == one.id else hypothesis for hypothesis, own in zip(HYPOTHESES, fits, strict=True)]
        rows.append(judge(unseen, chosen, f"{one.id} fitted"))
    rows.append(judge(unseen, fits, "all fitted"))
    print("\n".join([*lines, "", *("| " + " | ".join(cells) + " |" for cells in rows)]))  # noqa: T201


if __name__ == "__main__":
    main()
