"""What a pattern is: a name for what an account's evidence looks like, with everything a reader must know about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from detector.texts.language import Language

Text = Mapping[Language, str]


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern of the findings.

    How it is told: its score is the largest ``streams`` weight × standing of that stream (1 = the alert threshold),
    times the smaller of 1 and the sum of ``features`` weight × share of the suspicious patients that show the feature
    (no features: times 1). A fired policy of the pattern outweighs every score. Only scores of at least ``least`` name
    a finding.

    What a reader is told: ``title`` (a few words), ``meaning`` (one sentence: what it looks like), ``innocent`` (what
    explains it innocently, each a short clause), ``misses`` (what it cannot see), ``needs`` (context it uses, and what
    happens without it), ``checks`` (concrete next steps for the officer).
    """

    id: str
    title: Text
    meaning: Text
    innocent: Mapping[Language, tuple[str, ...]]
    misses: Text
    needs: Text
    checks: Mapping[Language, tuple[str, ...]]
    streams: Mapping[str, float] = field(default_factory=dict)
    features: Mapping[str, float] = field(default_factory=dict)
    least: float = 0.2
