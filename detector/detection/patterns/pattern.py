"""What a pattern is: a name for what an account's evidence looks like, with everything that depends on the name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from detector.detection.prerequisites import Prerequisite
from detector.texts.language import Language

Text = Mapping[Language, str]
Texts = Mapping[Language, tuple[str, ...]]

LEAST: Final = 0.2
"""The likeness from which a pattern is named, where its file says nothing else."""

INQUIRIES: Final = ("accesses", "own_record", "account", "export", "general")
"""The letters that ask for an explanation, by what they tell: accesses day by day; those to the holder's own record;
when the account was used; how much was exported; or no more than the period, so that nothing is given away."""

TECHNIQUES: Final[Mapping[str, str]] = {
    "T1078": "Valid Accounts",
    "T1213": "Data from Information Repositories",
}
"""Techniques of MITRE ATT&CK that patterns refer to, with their names there."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern of the findings.

    **Texts for the reader**, each in both languages: ``title`` (a few words), ``meaning`` (one sentence: what it looks
    like), ``innocent`` (what explains it innocently, each a short clause), ``misses`` (what it cannot see), ``needs``
    (context it uses, and what happens without it), ``checks`` (concrete next steps for the officer).

    **Sight.** ``required`` are the prerequisites without any of which nothing of the pattern is seen, ``helpful`` those
    without which it is seen less sharply: see :mod:`detector.detection.visibility`.

    **Likeness.** It is the largest weight of ``streams`` × evidence of that stream (1 = the alert threshold), times the
    smaller of 1 and the sum of the weights of ``features`` × share of the suspicious patients that show the feature (no
    features: times 1). A pattern is named from ``least`` on, and from ``least_patients`` suspicious patients that show
    one of its features: a few are no harvest. A fired policy of the pattern outweighs every likeness; a pattern without
    streams is named by its policies alone. Streams count where the finding's own accesses show them.

    **Elsewhere.** ``policy_stream`` is the stream to which a fired policy of the pattern adds evidence (None: to none);
    ``approval_covers`` are the types of access that an approval for the pattern accounts for; ``techniques`` are the
    ids of MITRE ATT&CK that a SIEM is given; ``asking_warns``: what is collected is of the kind that is sold, so that a
    question to the account's holder may be a tip-off; ``inquiry`` is the letter that asks about it, one of
    :data:`INQUIRIES`; ``written_innocent`` and ``written_checks`` stand in the place of ``innocent`` and ``checks``
    where something was entered, changed or deleted, not only read; ``broad``: it says so little that to justify it in
    advance would excuse almost anything.
    """

    id: str
    title: Text
    meaning: Text
    innocent: Texts
    misses: Text
    needs: Text
    required: tuple[Prerequisite, ...]
    helpful: tuple[Prerequisite, ...]
    checks: Texts
    streams: Mapping[str, float]
    features: Mapping[str, float]
    least: float
    policy_stream: str | None
    approval_covers: tuple[str, ...]
    techniques: tuple[str, ...]
    asking_warns: bool
    inquiry: str
    broad: bool
    least_patients: int = 1
    written_innocent: Texts | None = None
    written_checks: Texts | None = None

    def innocent_causes(self, language: Language, *, wrote: bool) -> tuple[str, ...]:
        """Return what explains it innocently; ``wrote``: its accesses entered, changed or deleted something."""
        return (self.written_innocent if wrote and self.written_innocent else self.innocent)[language]

    def next_steps(self, language: Language, *, wrote: bool) -> tuple[str, ...]:
        """Return the concrete next steps for the officer."""
        return (self.written_checks if wrote and self.written_checks else self.checks)[language]
