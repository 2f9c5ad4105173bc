"""Sentences about findings in the reader's language; the same words for the same facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from detector.detection.features import Feature
from detector.detection.patterns import named_for, patterns
from detector.model.findings import exceeds
from detector.model.relations import BY_NAME
from detector.texts import load_texts
from detector.texts.language import Language

HALF: Final = 0.5
"""A finding rests on what more of its evidence is."""
TOGETHER: Final = 0.3
"""Standing from which a kind of evidence is named among those that pass the threshold together."""


HEADLINES: Final = {"sealed-record": "vip-snooping"}
"""Policies whose findings have words of their own in place of the pattern's: who is under seal may be no celebrity."""
BASELINES: Final = {"own": "own", "peers": "peer"}
"""What a reason's value is compared with: its name in texts, and in the reason's keys."""


def number(value: float | None) -> str:
    """Return a figure as a person would write it."""
    if value is None:
        return "–"
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:.1f}" if value >= 0.1 else f"{value:.2f}"


def reason_text(reason: Mapping[str, Any], language: Language, features: Mapping[str, Feature]) -> str:
    """Return a reason in plain words; of its baselines those that it does not exceed, and those of few days."""
    text, usual, say = _counted_text(reason, language, features), no_more_than(reason), load_texts(language)
    text = say(f"reason.no_more_{'_'.join(usual)}", text=text) if usual else text
    few = {name: days for name, days in (reason.get("values") or {}).items() if name in BASELINES}
    return say(f"reason.few_{'_'.join(sorted(few))}", text=text, **few) if few else text


def no_more_than(reason: Mapping[str, Any]) -> list[str]:
    """Return which baselines the value of a feature does not exceed: ``own``, ``peers``; that speaks for the person."""
    known = {name: reason.get(f"{key}_baseline") for name, key in BASELINES.items()}
    return [name for name, usual in known.items() if usual is not None and not exceeds(reason["value"], usual)]


def _counted_text(reason: Mapping[str, Any], language: Language, features: Mapping[str, Feature]) -> str:
    name = str(reason["feature"])
    if name.startswith("policy:"):
        return str(reason["texts"][language])
    say = load_texts(language)
    if name == "distinct_viewers":
        return say("reason.distinct_viewers", viewers=int(reason["value"]), **reason.get("values", {}))
    if name == "unusual_days":
        return say("reason.unusual_days")
    if name not in features:
        return name
    feature, values = features[name], reason.get("values") or {}
    figures = {"text": feature.text[language], "patients": reason.get("patients", 0), "value": number(reason["value"])}
    if "largest" in values:
        return say(
            "reason.exported",
            text=feature.text[language],
            value=number(reason["value"]),
            days=values["days"],
            largest_on=values["largest_on"],
            **{name: f"{values[name]:,}" for name in ("records", "largest")},
        )
    if "days" not in values:  # as an earlier version told it
        return say(f"reason.{feature.unit}_mean", **figures)
    figures |= {"days": values["days"], "total": f"{values['total']:,}"}
    if "shown" in values:
        return say("reason.patients_on_days", **figures, shown=values["shown"])
    return say(f"reason.{feature.unit}", **figures)


def explained_text(one: Mapping[str, Any], language: Language) -> str:
    """Return what speaks for the person in plain words."""
    kind, say = str(one["kind"]), load_texts(language)
    relation = BY_NAME.get(kind)
    if relation and relation.explained:
        return relation.explained[language]
    if kind == "innocent_causes":
        pattern = patterns().get(str(one["pattern"]))
        causes = pattern.innocent_causes(language, wrote=bool(one.get("written"))) if pattern else ()
        return say("explained.innocent_causes", causes=say.clauses(causes))
    return say(f"explained.{kind}", **{key: value for key, value in one.items() if key not in {"kind", "share"}})


def pattern_words(ids: Sequence[str], language: Language, most: int | None = None) -> str:
    """Name the patterns in words, or the first ``most``; where there are none, say so."""
    known = patterns()
    titles = [known[name].title[language] if name in known else name for name in ids[:most]]
    say = load_texts(language)
    return say.clauses(titles) or say("show.no_pattern")


def headline_words(finding: Mapping[str, Any], language: Language, most: int | None = None) -> str:
    """Name what a finding looks like: its patterns, or the first ``most``, in place of one what its policy calls it."""
    say, titles = load_texts(language), []
    for name in finding["patterns"][:most]:
        policy = _named_by(finding, name)
        titles.append(pattern_words([name], language) if policy is None else say.name("headline", policy))
    return say.clauses(titles) or say("show.no_pattern")


def _named_by(finding: Mapping[str, Any], pattern: str) -> str | None:
    """Return the policy of a finding whose own words stand in place of a pattern's."""
    return next((one for one in finding["policies"] if HEADLINES.get(one) == pattern), None)


def summary_text(finding: Mapping[str, Any], language: Language) -> str:
    """Say what the finding looks like: the meaning of its most probable pattern.

    Where it rests mostly on days that are rare, which no pattern is a name for, that is said as well.
    """
    name = next(iter(finding["patterns"]), "")
    first, policy = patterns().get(name), _named_by(finding, name)
    if first is None:
        return ""
    meaning = first.meaning[language] if policy is None else load_texts(language).name("headline_meaning", policy)
    of_days = sum(one["contribution"] for one in finding.get("reasons", ()) if one["feature"] == "unusual_days")
    return load_texts(language)("show.rests_on_days", meaning=meaning) if of_days > HALF else meaning


def exposure_text(finding: Mapping[str, Any], language: Language) -> str:
    """Return how much a finding touched; of lists alone, which name no patient, how many records they returned.

    Decoys are no patients: they are told apart.
    """
    say = load_texts(language)
    decoys = finding.get("decoys") or 0
    counts = {name: f"{finding[name]:,}" for name in ("patients", "records", "accesses")}
    if decoys:
        key = "exposure_decoys" if finding["patients"] else "exposure_only_decoys"
        return say(f"show.{key}", **counts, decoys=f"{decoys:,}")
    if finding["subject"] == "account" and not finding["accesses"] and not finding["records"]:
        return say("show.exposure_none")
    copied = finding["records"] - finding["patients"]
    if copied <= 0:
        return say("show.exposure_line", **counts)
    if not finding["accesses"]:
        return say("show.exported_line", records=counts["records"])
    return say("show.exposure_copied", **counts, copied=f"{copied:,}")


def suspicious_key(finding: Mapping[str, Any]) -> str:
    """Return the text that names what the days of a finding count: suspicious patients, decoys, or both."""
    if not finding.get("decoys"):
        return "show.timeline_suspicious"
    return "show.timeline_both" if finding["patients"] else "show.timeline_decoys"


def _records_opened(finding: Mapping[str, Any]) -> int:
    return int(finding["patients"]) + (finding.get("decoys") or 0)


def margin_texts(finding: Mapping[str, Any], language: Language) -> Iterator[str]:
    """Yield by how much the alert's threshold is passed: by one kind of evidence, by several together, by a policy."""
    say, method, by = load_texts(language), finding["method"], finding["alerted_by"]
    margin = method.get("margin")
    if margin and (margin["fewer"] or not finding["alert"]):
        values = {**margin, "stream": say.name("stream", margin["stream"])}
        other = "" if margin["stream"] in named_for(finding["patterns"]) else "other_"
        yield say(f"show.margin_{other + margin['unit'] if margin['fewer'] else 'below'}", **values)
        if margin["unit"] == "patients" and margin["of"] > _records_opened(finding) and "history" in method:
            yield say("show.margin_rated", date=method["history"][1])
    elif "ranking" in by and "standing" in method:
        standing = sorted(method["standing"].items(), key=lambda item: (-item[1], item[0]))
        streams = say.words(
            say("show.margin_stream", stream=say.name("stream", name), standing=f"{value:.2f}")
            for name, value in standing
            if value >= TOGETHER
        )
        yield say("show.margin_together", streams=streams, combined=f"{method['combined']:.2f}")
    if "policy" in by:
        yield say("show.margin_policy_too" if "ranking" in by else "show.margin_policy")
