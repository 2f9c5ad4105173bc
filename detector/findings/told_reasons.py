"""The reasons as a reader is told them: each says something that those before it have not said.

A finding keeps up to twelve reasons, several of which often count the same patients in other words. Told are those that
have patients of their own; what is within one of them is its half-sentence. Of each facet (whom, how, when, where,
compared with whom) the strongest comes first. Screens, reports, evidence files and exports all tell these.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from detector.detection.features import BY_ID
from detector.findings.wording import no_more_than, reason_text
from detector.texts import load_texts
from detector.texts.language import Language

TOLD: Final = 5
"""So many reasons are told; further ones follow in the order of their weight."""
FACETS: Final = {"unusual_days": "compared", "distinct_viewers": "whom"}
"""Facets of the reasons that are no features of a day."""
SHARES: Final = {
    "whole": 0.995, "all": 0.95, "most": 0.7, "two_thirds": 0.6, "half": 0.42, "third": 0.29, "quarter": 0.2,
    "seventh": 0.12, "tenth": 0.07, "little": 0.0,
}  # fmt: skip
"""Words for a share of the evidence, each from a least share on."""
Stored = Mapping[str, Any]
"""A reason as a finding keeps it (:class:`detector.model.findings.Reason`)."""


def told_reasons(reasons: Sequence[Stored], language: Language) -> list[dict[str, Any]]:
    """Return the reasons to tell, by the keys of the contract; ``reasons`` are the stored ones, strongest first.

    ``contribution`` is what a reason and those within it contribute together, ``text`` names both.
    """
    return [_told(group, language) for group in _groups(reasons)]


def parts_of_reasons(reasons: Sequence[Stored], language: Language) -> list[list[dict[str, Any]]]:
    """Return what each of the :func:`told_reasons` counts in other words, by the keys of the contract.

    Their shares are in that of the reason that they are told with.
    """
    return [[_told([one], language) for one in group[1:]] for group in _groups(reasons)]


def usual_reasons(reasons: Sequence[Stored], language: Language) -> Iterator[str]:
    """Yield which reasons are no more than before for this person, and no more than peers: both speak for them."""
    say = load_texts(language)
    leaders = [one for one in reasons if one["feature"] in BY_ID and not one.get("within")]
    for usual in ("own", "peers"):
        told = [BY_ID[one["feature"]].text[language] for one in leaders if usual in no_more_than(one)]
        if told:
            yield say(f"explained.no_more_{usual}", features=say.clauses(told))


def _groups(reasons: Sequence[Stored]) -> list[Sequence[Stored]]:
    """Return the reasons with those within them, in the order in which they are told."""
    parts: dict[str, list[Stored]] = {}
    for one in reasons:
        parts.setdefault(str(one.get("within") or one["feature"]), []).append(one)
    groups = sorted(parts.values(), key=_weight, reverse=True)
    chosen = _by_facet(groups)
    return chosen + [group for group in groups if group not in chosen]


def facet(reason: Stored) -> str:
    """Return what a reason says of the accesses; each policy says something of its own."""
    name = str(reason["feature"])
    return BY_ID[name].facet if name in BY_ID else FACETS.get(name, name)


def _by_facet(groups: Sequence[Sequence[Stored]]) -> list[Sequence[Stored]]:
    """Return the groups that are told, by weight: the heaviest of each facet, then others while there is room."""
    firsts: dict[str, Sequence[Stored]] = {}
    for group in groups:
        firsts.setdefault(facet(group[0]), group)
    first = list(firsts.values())[:TOLD]
    others = [group for group in groups if group not in first]
    return sorted([*first, *others[: TOLD - len(first)]], key=_weight, reverse=True)


def _told(group: Sequence[Stored], language: Language) -> dict[str, Any]:
    leader = group[0]
    return {
        "feature": leader["feature"],
        "value": leader["value"],
        "own_baseline": leader["own_baseline"],
        "peer_baseline": leader["peer_baseline"],
        "contribution": _weight(group),
        "text": _text(group, language),
    }


def _text(group: Sequence[Stored], language: Language) -> str:
    """Return the leader's sentence with a half-sentence for each further facet of the others."""
    leader, *others = group
    text, say = reason_text(leader, language, BY_ID), load_texts(language)
    told: dict[str, Stored] = {}
    for one in others:
        if facet(one) != facet(leader) and str(one["feature"]) in BY_ID:
            told.setdefault(facet(one), one)
    if not told:
        return text
    unit = "records" if str(leader["feature"]).startswith("policy:") else "patients"
    parts = [
        say(f"reason.part_{unit}", count=one["shared"], text=BY_ID[str(one["feature"])].of_these[language])
        for one in told.values()
    ]
    told_parts = say("list.halves").join(parts)
    return say(f"reason.of_these_{unit}", text=text.rstrip(".。"), total=leader["patients"], parts=told_parts)


def _weight(group: Sequence[Stored]) -> float:
    return round(sum(float(one["contribution"]) for one in group), 4)


def share_words(share: float, language: Language) -> str:
    """Return a share of the evidence in words, such as "about half"."""
    name = next(name for name, least in SHARES.items() if share >= least)
    return load_texts(language)(f"evidence_share.{name}")
