"""Scores findings against a labelled hospital: recall, delay, exposure, innocent alerts, precision.

    python -m tests.evaluation.scoring FINDINGS.ndjson TRUTH_DIR [--active N]

An attack is *caught* by an alert about one of its accounts (about its record, for a celebrity; about a gap, for missing
events) whose window overlaps the attack and that was raised between the attack's start and 14 days after its end.
Alerts of one case are one alert, and count as the best of their members. The figures are those of the scorer that comes
with the development hospital; this one shares no code with it.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import json
import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, Final

GRACE: Final = dt.timedelta(days=14)
LEARNING_DAYS: Final = 14
RANKING_BUDGETS: Final = (1, 2, 5)
INTENSITIES: Final = ("high", "medium", "low")
CROWDS: Final = ("celebrity", "vip")
"""Scenarios in which many open one record, so that a finding may be about the record; `vip` stands in older truths."""


@dataclass(frozen=True, slots=True)
class Attack:
    """What was planted: `touches` are the days and patients of its events, `event_ids` the events themselves."""

    id: str
    scenario: str
    intensity: str
    user_ids: frozenset[str]
    start: dt.date
    end: dt.date
    expected_patterns: frozenset[str]
    touches: tuple[tuple[dt.date, str], ...] = ()
    event_ids: frozenset[str] = frozenset()

    @property
    def began(self) -> dt.date:
        """The day of its first malicious event."""
        return min((on for on, _ in self.touches), default=self.start)

    def exposed(self, until: dt.date | None) -> int:
        """Count the patients touched up to a day, or at all."""
        return len({patient for on, patient in self.touches if patient and (until is None or on <= until)})


@dataclass(frozen=True, slots=True)
class Innocent:
    """Unusual work that is right."""

    id: str
    kind: str
    user_ids: frozenset[str]
    start: dt.date
    end: dt.date


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known about a hospital."""

    staff: int
    days: int
    attacks: tuple[Attack, ...] = ()
    innocents: tuple[Innocent, ...] = ()

    @property
    def guilty(self) -> frozenset[str]:
        """Every account that attacks."""
        return frozenset(user for attack in self.attacks for user in attack.user_ids)

    @property
    def weeks(self) -> float:
        """Weeks after the learning days, at least one."""
        return max(1.0, (self.days - LEARNING_DAYS) / 7)


@dataclass(frozen=True, slots=True)
class Finding:
    """The part of a finding that scoring looks at. `raised_on` is the alert's date, else the listing's."""

    finding_id: str
    raised_on: dt.date
    window_start: dt.date
    window_end: dt.date
    risk: float
    alert: bool
    user_id: str | None = None
    subject: str = "account"
    patient_id: str | None = None
    case_id: str | None = None
    patterns: tuple[str, ...] = ()
    event_ids: tuple[str, ...] = ()


class Verdict(IntEnum):
    """What an alert turned out to be, best first."""

    RIGHT = 0
    GUILTY_ELSEWHEN = 1
    UNUSUAL_INNOCENT = 2
    INNOCENT = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attack. `within` tells whether the ranking alone shows it at 1, 2 and 5 per 1,000 a week."""

    attack: Attack
    first_alert: Finding | None
    exposed: int
    event_precision: float | None
    within: tuple[bool, ...]

    @property
    def caught(self) -> bool:
        """Whether any alert was right about it."""
        return self.first_alert is not None

    @property
    def delay_days(self) -> int | None:
        """Days from its first event to the alert."""
        return None if self.first_alert is None else (self.first_alert.raised_on - self.attack.began).days

    @property
    def pattern_right(self) -> bool:
        """Whether one of the first two patterns was expected."""
        return self.first_alert is not None and not self.attack.expected_patterns.isdisjoint(
            self.first_alert.patterns[:2]
        )


@dataclass(frozen=True, slots=True)
class Score:
    """All figures of one hospital; `verdicts` has one entry a case."""

    truth: Truth
    active: int
    outcomes: tuple[Outcome, ...]
    verdicts: Counter[Verdict]
    innocents_alerted: int
    average_precision: float | None

    @property
    def cases(self) -> int:
        """Alerts, one a case."""
        return self.verdicts.total()

    @property
    def wrong(self) -> int:
        """Cases about innocent accounts, the unusual ones included."""
        return self.verdicts[Verdict.UNUSUAL_INNOCENT] + self.verdicts[Verdict.INNOCENT]

    @property
    def account_weeks(self) -> float:
        """Thousands of accounts times weeks: what rates refer to."""
        return self.truth.weeks * self.active / 1000

    @property
    def innocent_rate(self) -> float:
        """Alerts about innocent accounts per 1,000 accounts a week."""
        return self.wrong / self.account_weeks

    @property
    def precision(self) -> float | None:
        """Share of the cases that are right."""
        return self.verdicts[Verdict.RIGHT] / self.cases if self.cases else None

    def recall(self, intensity: str | None = None) -> float | None:
        """Share of the attacks caught, of one intensity or of all."""
        return mean(one.caught for one in self.outcomes if intensity in {None, one.attack.intensity})


def overlaps(finding: Finding, attack: Attack) -> bool:
    """Tell whether a finding was raised in time for an attack and covers some of its days."""
    in_time = attack.start <= finding.raised_on <= attack.end + GRACE
    return in_time and finding.window_start <= attack.end and finding.window_end >= attack.start


def is_about(finding: Finding, attack: Attack) -> bool:
    """Tell whether a finding names what the attack is about."""
    if attack.scenario == "log-gap":
        return "log-gap" in finding.patterns
    if attack.scenario in CROWDS and finding.subject == "record":
        return any(patient and patient == finding.patient_id for _, patient in attack.touches)
    return finding.user_id in attack.user_ids


def shows(finding: Finding, attack: Attack) -> bool:
    """Tell whether a finding is right about an attack."""
    return is_about(finding, attack) and overlaps(finding, attack)


def riskiest(findings: Iterable[Finding], active: int, budget: float) -> list[Finding]:
    """Return what a reader of the ranking sees who takes `budget` findings per 1,000 accounts a week."""
    weeks: defaultdict[tuple[int, int], list[Finding]] = defaultdict(list)
    for finding in findings:
        year, week, _ = finding.raised_on.isocalendar()
        weeks[year, week].append(finding)
    size = max(1, math.ceil(budget * active / 1000))
    return [one for week in weeks.values() for one in sorted(week, key=lambda each: -each.risk)[:size]]


def score(findings: Sequence[Finding], truth: Truth, active: int | None = None) -> Score:
    """Score findings; `active` accounts are the staff unless told otherwise."""
    accounts = active or truth.staff
    alerts = [finding for finding in findings if finding.alert]
    rankings = [riskiest(findings, accounts, budget) for budget in RANKING_BUDGETS]
    verdicts, innocents = _judged_cases(alerts, truth)
    return Score(
        truth=truth,
        active=accounts,
        outcomes=tuple(_outcome(attack, alerts, rankings) for attack in truth.attacks),
        verdicts=verdicts,
        innocents_alerted=innocents,
        average_precision=average_precision(findings, truth.guilty),
    )


def _outcome(attack: Attack, alerts: Sequence[Finding], rankings: Sequence[Sequence[Finding]]) -> Outcome:
    right = [alert for alert in alerts if shows(alert, attack)]
    first = min(right, key=lambda each: each.raised_on, default=None)
    named = [event_id for alert in right for event_id in alert.event_ids]
    hits = [one for one in named if one in attack.event_ids or one.rpartition(":")[2] in attack.event_ids]
    return Outcome(
        attack=attack,
        first_alert=first,
        exposed=attack.exposed(None if first is None else first.raised_on),
        event_precision=len(hits) / len(named) if named else None,
        within=tuple(any(shows(one, attack) for one in ranking) for ranking in rankings),
    )


def _judged_cases(alerts: Iterable[Finding], truth: Truth) -> tuple[Counter[Verdict], int]:
    """Return the verdicts, one a case, and how many unusual innocents have an alert among them."""
    best: dict[str, tuple[Verdict, frozenset[str]]] = {}
    for alert in alerts:
        judged = _verdict(alert, truth)
        case = alert.case_id or alert.finding_id
        if case not in best or judged[0] < best[case][0]:
            best[case] = judged
    hit = {name for _, names in best.values() for name in names}
    return Counter(verdict for verdict, _ in best.values()), len(hit)


def _verdict(alert: Finding, truth: Truth) -> tuple[Verdict, frozenset[str]]:
    """Return what an alert is, with the unusual innocents that it hits where it is one of these."""
    if any(shows(alert, attack) for attack in truth.attacks):
        return Verdict.RIGHT, frozenset()
    if alert.user_id in truth.guilty:
        return Verdict.GUILTY_ELSEWHEN, frozenset()
    hit = frozenset(
        one.id
        for one in truth.innocents
        if alert.user_id in one.user_ids and one.start <= alert.raised_on <= one.end + GRACE
    )
    return (Verdict.UNUSUAL_INNOCENT if hit else Verdict.INNOCENT), hit


def average_precision(findings: Iterable[Finding], guilty: frozenset[str]) -> float | None:
    """Rank all accounts by their highest risk; average the precision at each guilty one, unranked ones giving 0."""
    risks: dict[str, float] = {}
    for finding in findings:
        if finding.user_id:
            risks[finding.user_id] = max(risks.get(finding.user_id, 0.0), finding.risk)
    ranking = sorted(risks, key=lambda user: -risks[user])
    places = [place for place, user in enumerate(ranking, 1) if user in guilty]
    return sum(hits / place for hits, place in enumerate(places, 1)) / len(guilty) if guilty else None


def mean(values: Iterable[float | None]) -> float | None:
    """Return the mean of the values that are there."""
    there = [value for value in values if value is not None]
    return statistics.fmean(there) if there else None


def median(values: Iterable[float | None]) -> float | None:
    """Return the median of the values that are there."""
    there = [value for value in values if value is not None]
    return statistics.median(there) if there else None


def read_truth(folder: Path) -> Truth:
    """Read `truth.json` and the malicious events; planned attacks that never had an event do not count."""
    raw = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    touches: defaultdict[str, list[tuple[dt.date, str]]] = defaultdict(list)
    event_ids: defaultdict[str, set[str]] = defaultdict(set)
    events = folder / raw.get("events_csv", "truth-events.csv")
    if events.exists():
        with events.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                touches[row["attack_id"]].append((_date(row["event_time"]), row["patient_id"]))
                event_ids[row["attack_id"]].add(row["event_id"])
    return Truth(
        staff=raw["staff"],
        days=raw["days"],
        attacks=tuple(
            Attack(
                id=one["id"],
                scenario=one["scenario"],
                intensity=one["intensity"],
                user_ids=frozenset(one["user_ids"]),
                start=_date(one["start"]),
                end=_date(one["end"]),
                expected_patterns=frozenset(one["expected_patterns"]),
                touches=tuple(touches[one["id"]]),
                event_ids=frozenset(event_ids[one["id"]]),
            )
            for one in raw["attacks"]
            if one["scenario"] == "log-gap" or one.get("n_events")
        ),
        innocents=tuple(
            Innocent(one["id"], one["kind"], frozenset(one["user_ids"]), _date(one["start"]), _date(one["end"]))
            for one in raw["hard_negatives"]
        ),
    )


def read_findings(text: str) -> tuple[Finding, ...]:
    """Read `detector findings --format ndjson`."""
    return tuple(finding_of(json.loads(line)) for line in text.splitlines() if line.strip())


def finding_of(raw: dict[str, Any]) -> Finding:
    """Take from a finding's keys what scoring needs."""
    detected = raw["detected_on"]
    return Finding(
        finding_id=raw["finding_id"],
        raised_on=_date(raw.get("alerted_on") or detected),
        window_start=_date(raw.get("window_start") or detected),
        window_end=_date(raw.get("window_end") or detected),
        risk=float(raw.get("risk", 0)),
        alert=bool(raw.get("alert")),
        user_id=raw.get("user_id"),
        subject=raw.get("subject", "account"),
        patient_id=raw.get("patient_id"),
        case_id=raw.get("case_id"),
        patterns=tuple(raw.get("patterns", ())),
        event_ids=tuple(raw.get("event_ids", ())),
    )


def _date(text: str) -> dt.date:
    return dt.date.fromisoformat(text[:10])


def figures(result: Score) -> dict[str, Any]:
    """Return the figures as plain values, by the names of the scorer that comes with the development hospital."""

    def rounded(value: float | None) -> float | None:
        return None if value is None else round(value, 3)

    def group(outcomes: Sequence[Outcome]) -> dict[str, Any]:
        ranked = {
            f"recall_at_{budget}": rounded(mean(one.within[place] for one in outcomes))
            for place, budget in enumerate(RANKING_BUDGETS)
        }
        return {
            "n": len(outcomes),
            "recall": rounded(mean(one.caught for one in outcomes)),
            **ranked,
            "median_delay": median(one.delay_days for one in outcomes),
            "median_exposed": median(one.exposed for one in outcomes),
        }

    def groups(key: Callable[[Attack], str]) -> dict[str, Any]:
        names = sorted({key(one.attack) for one in result.outcomes})
        return {name: group([one for one in result.outcomes if key(one.attack) == name]) for name in names}

    return {
        "attacks": len(result.outcomes),
        "recall": rounded(result.recall()),
        "by_intensity": groups(lambda attack: attack.intensity),
        "by_scenario": groups(lambda attack: attack.scenario),
        "pattern_ok": rounded(mean(one.pattern_right for one in result.outcomes if one.caught)),
        "event_precision": rounded(mean(rounded(one.event_precision) for one in result.outcomes)),
        "cases": result.cases,
        "alerts_per_1000_per_week": round(result.cases / result.account_weeks, 2),
        "innocent_alerts_per_1000_per_week": round(result.innocent_rate, 2),
        "hard_episodes": len(result.truth.innocents),
        "hard_episodes_alerted": result.innocents_alerted,
        "precision": rounded(result.precision),
        "average_precision": rounded(result.average_precision),
    }


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("findings", type=Path)
    parser.add_argument("truth", type=Path)
    parser.add_argument("--active", type=int)
    options = parser.parse_args()
    findings = read_findings(options.findings.read_text(encoding="utf-8"))
    result = score(findings, read_truth(options.truth), options.active)
    print(json.dumps(figures(result), ensure_ascii=False, indent=1))  # noqa: T201


if __name__ == "__main__":
    main()
