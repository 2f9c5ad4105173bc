"""What a report can see of its period and what not: the blocks that stand first, and of how much "nothing" speaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from detector.detection.visibility import ONE_DAY, Visibility
from detector.reports.document import Block, Items, Paragraph
from detector.reports.periods import Period
from detector.texts import Texts


@dataclass(frozen=True, slots=True)
class PeriodSight:
    """``visibility`` is that of the period's last date; ``totals`` is the row of ``sql/report/totals.sql``."""

    visibility: Visibility
    period: Period
    totals: Mapping[str, Any]
    texts: Texts

    @property
    def is_learned(self) -> bool:
        """Whether models could alert on every date of the period, by habits that were known well."""
        end, young = self.visibility.learning_end, self.visibility.is_young
        return end is not None and end < self.period.first and not young

    @property
    def tone(self) -> Literal["good", "plain"]:
        """How a "nothing found" may be told: never as good news of a blind site, or while models were learning."""
        return "good" if self.is_learned and not self.visibility.is_blind else "plain"

    @property
    def verdict(self) -> str | None:
        """The sentence that stands before all others where nothing can be judged."""
        return self.visibility.verdict(self.texts)

    @property
    def sentences(self) -> list[str]:
        """What was judged in the period, what is not seen, and what was not judged yet."""
        return self._of_period().sentences(self.texts)

    @property
    def scope(self) -> str:
        """Of how much a "nothing found" speaks."""
        return self._of_period().scope(self.texts)

    @property
    def brief(self) -> str:
        """The same in a few words, in brackets."""
        return self._of_period().brief(self.texts)

    @property
    def unjudged(self) -> str | None:
        """Which dates of the period are in no share, since models were learning."""
        begin = self.visibility.judged_from
        if self.period.first >= begin:
            return None
        first = max(filter(None, (self.period.first, self.visibility.first)))
        return self.texts("report.unjudged", first=first, last=min(self.period.last, begin - ONE_DAY))

    def blocks(self) -> list[Block]:
        """Return what a report begins with."""
        verdict = [Paragraph(self.verdict, "alarm")] if self.verdict is not None else []
        sentences = self.sentences
        return [*verdict, *([Items(self.texts("visible.title"), sentences)] if sentences else [])]

    def keys(self) -> dict[str, Any]:
        """Return all of it for machines."""
        return self._of_period().keys(self.texts)

    def _of_period(self) -> Visibility:
        """Return what was visible, with the amounts of the period in place of the whole history's."""
        amounts = {name: self.totals[name] for name in ("days", "accounts", "accesses")}
        return replace(self.visibility, since=self.period.first, **amounts)
