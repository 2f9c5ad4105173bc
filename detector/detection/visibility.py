"""What can be seen of a deployment and what not: which patterns are blind, and why, and of how much a night speaks.

The one definition of it, for check, run, status and every report. Patterns declare what they need; what of it is there
is read from what nights noted of the logs of the last four weeks, the context tables and the dates judged.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import duckdb

from detector.database.connection import BARRED_PART, DAMAGED_PART
from detector.database.queries import rows
from detector.database.rows import registered
from detector.detection.likelihood import MINIMUM_DAYS
from detector.detection.patterns import patterns
from detector.detection.prerequisites import Prerequisite
from detector.detection.source_days import source_days
from detector.detection.thresholds import FITTED_ACCOUNTS, YOUNG_DAYS, excess

if TYPE_CHECKING:
    from detector.deployment.settings import Settings
    from detector.texts import Texts

LOOKED_AT_DAYS: Final = 28
"""Columns and tables count as there where one of so many dates has them."""
ONE_DAY: Final = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Visibility:
    """What could be seen up to the business date ``last``; None where there is no event at all.

    ``operations`` are the successful views, entries, changes, deletions and prints of the last seven dates, lists left
    out; ``without_patient`` of them name no patient, in ``blind_sources`` too many of those of the source. ``first`` is
    the first date judged (None: none was). ``days``, ``accesses`` and ``accounts`` say how much was judged: since
    ``since``, or of all where that is None. ``known_accounts`` are all accounts judged. ``limit`` is ``[detection]
    blind_share``.
    """

    last: dt.date | None
    events: int
    operations: int
    without_patient: int
    blind_sources: tuple[str, ...]
    limit: float
    present: frozenset[Prerequisite]
    first: dt.date | None
    days: int
    accesses: int
    accounts: int
    known_accounts: int
    learning_days: int
    since: dt.date | None = None

    @property
    def share_without_patient(self) -> float | None:
        """The share of the operations that name no patient."""
        return self.without_patient / self.operations if self.operations else None

    @property
    def sees_no_patient(self) -> bool:
        """Whether there are events, and none of them names a patient."""
        return self.events > 0 and Prerequisite.PATIENTS not in self.present

    @property
    def is_blind(self) -> bool:
        """Whether nothing can be judged here: no patient, or too many operations without one."""
        return self.sees_no_patient or (self.share_without_patient or 0.0) > self.limit

    @property
    def learning_end(self) -> dt.date | None:
        """The last date on which models do not alert yet; None where nothing was judged."""
        return None if self.first is None else self.first + ONE_DAY * (self.learning_days - 1)

    @property
    def judged_from(self) -> dt.date:
        """The first date of whose accesses a share with a ground is told."""
        return dt.date.max if self.first is None else judged_from(self.first, self.learning_days)

    @property
    def learning_until(self) -> dt.date | None:
        """The same where any of what is spoken of was judged by then, else None."""
        end, begin = self.learning_end, self.since or self.last
        return end if end is not None and begin is not None and end >= begin else None

    @property
    def learned_until(self) -> dt.date | None:
        """The last date of learning where all history is spoken of and learning is over, else None."""
        return self.learning_end if self.learning_until is None and self.since is None else None

    @property
    def is_young(self) -> bool:
        """Whether the history is too short to know habits well."""
        return self.first is not None and self.last is not None and (self.last - self.first).days < YOUNG_DAYS

    @property
    def missing(self) -> tuple[Prerequisite, ...]:
        """What is not there, in the order of its declaration; of a blind site the patients."""
        there = self.present - {Prerequisite.PATIENTS} if self.is_blind else self.present
        return tuple(one for one in Prerequisite if one not in there)

    @property
    def blind_patterns(self) -> Mapping[str, tuple[Prerequisite, ...]]:
        """Pattern → what it cannot be seen without, and is not there."""
        missing = self.missing
        found = {name: tuple(one for one in missing if one in pattern.required) for name, pattern in patterns().items()}
        return {name: lacks for name, lacks in found.items() if lacks}

    @property
    def weaker_patterns(self) -> Mapping[str, tuple[Prerequisite, ...]]:
        """Pattern that is seen → what it would be seen more sharply with."""
        blind, missing = self.blind_patterns, self.missing
        found = {
            name: tuple(one for one in missing if one in pattern.helpful)
            for name, pattern in patterns().items()
            if name not in blind
        }
        return {name: lacks for name, lacks in found.items() if lacks}

    def verdict(self, texts: Texts) -> str | None:
        """Return the sentence that stands before all others where nothing can be judged, else None."""
        if not self.is_blind or self.last is None:
            return None
        if self.sees_no_patient:
            return texts("visible.no_patient")
        return texts(
            "visible.few_patients", share=_percent(self.share_without_patient or 0), limit=_percent(self.limit),
            operations=f"{self.operations:,}", first=self.last - 6 * ONE_DAY, last=self.last,
        )  # fmt: skip

    def sentences(self, texts: Texts) -> list[str]:
        """Return what was judged, what is not seen and why, and what was not judged yet."""
        told = []
        if self.first is not None:
            key = "judged" if self.learned_until is None or self.is_blind else "judged_learned"
            told.append(texts(f"visible.{key}", **self._amount(texts), until=self.learned_until))
        if self.learning_until is not None and not self.is_blind:
            told.append(texts("visible.learning", until=self.learning_until, count=self._learned_patterns()))
        if self.blind_sources and not self.is_blind:
            told.append(texts("visible.blind_sources", sources=texts.words(self.blind_sources)))
        told += self._early(texts)
        told += self._unseen(texts)
        return told

    def scope(self, texts: Texts) -> str:
        """Return of how much a "nothing found" speaks, as one sentence."""
        if self.first is None or self.last is None:
            return texts("visible.scope_nothing")
        parts = [texts("visible.scope", **self._amount(texts))]
        if self.is_blind:
            parts.append(texts("visible.scope_blind"))
        elif self.blind_patterns:
            parts.append(texts("visible.scope_unseen", count=len(self.blind_patterns)))
        if self.learning_until is not None and not self.is_blind:
            parts.append(texts("visible.scope_learning", until=self.learning_until))
        return texts("visible.scope_sentence", parts=texts.clauses(parts))

    def brief(self, texts: Texts) -> str:
        """Return :meth:`scope` in a few words, in brackets."""
        if self.is_blind:
            return texts("visible.brief_blind")
        key = "brief" if self.learning_until is None else "brief_learning"
        return texts(
            f"visible.{key}", accesses=f"{self.accesses:,}", accounts=f"{self.accounts:,}",
            count=len(self.blind_patterns), until=self.learning_until,
        )  # fmt: skip

    def keys(self, texts: Texts) -> dict[str, Any]:
        """Return all of it for machines."""
        return {
            "blind": self.is_blind,
            "operations": self.operations,
            "without_patient": self.without_patient,
            "share_without_patient": self.share_without_patient,
            "blind_share": self.limit,
            "blind_sources": list(self.blind_sources),
            "last": self.last,
            "first": max(filter(None, (self.first, self.since)), default=None),
            "days": self.days,
            "accesses": self.accesses,
            "accounts": self.accounts,
            "learning_until": self.learning_until,
            "missing": list(self.missing),
            "blind_patterns": {name: list(lacks) for name, lacks in self.blind_patterns.items()},
            "weaker_patterns": {name: list(lacks) for name, lacks in self.weaker_patterns.items()},
            "verdict": self.verdict(texts),
            "sentences": self.sentences(texts),
        }

    def _amount(self, texts: Texts) -> dict[str, object]:
        return {
            "days": self.days, "span": self._span(texts), "accounts": f"{self.accounts:,}",
            "accesses": f"{self.accesses:,}",
        }  # fmt: skip

    def _span(self, texts: Texts) -> str:
        first = max(filter(None, (self.first, self.since)), default=None)
        return str(first) if first == self.last else texts("report.span", first=first, last=self.last)

    def _learned_patterns(self) -> int:
        blind = self.blind_patterns
        return sum(bool(pattern.streams) and name not in blind for name, pattern in patterns().items())

    def _early(self, texts: Texts) -> list[str]:
        """Say what little history and few accounts cost."""
        if self.first is None or self.last is None or self.is_blind:
            return []
        told = []
        history = (self.last - self.first).days
        if self.is_young:
            more = excess(history, encounters_known=Prerequisite.ENCOUNTERS in self.present) - 1
            told.append(texts("visible.few_days", days=history + 1, needed=YOUNG_DAYS, more=_percent(more)))
        if self.known_accounts < FITTED_ACCOUNTS:
            told.append(texts("visible.few_accounts", accounts=self.known_accounts, needed=FITTED_ACCOUNTS))
        return told

    def _unseen(self, texts: Texts) -> list[str]:
        """Name the patterns that are not seen by what they lack, and what others are seen less sharply without."""
        known = patterns()
        by_reason: dict[Prerequisite, list[str]] = {}
        for name, lacks in self.blind_patterns.items():
            by_reason.setdefault(lacks[0], []).append(known[name].title[texts.language])
        told = []
        items = [
            texts("visible.unseen_every", count=len(names))
            if reason is Prerequisite.PATIENTS
            else texts("visible.unseen_item", patterns=texts.words(names), why=self._why(reason, texts))
            for reason, names in sorted(by_reason.items(), key=lambda item: list(Prerequisite).index(item[0]))
        ]
        told += [texts("visible.unseen", what=texts.clauses(items))] if items else []
        lacking = {one for lacks in self.weaker_patterns.values() for one in lacks}
        why = [self._why(one, texts) for one in Prerequisite if one in lacking]
        if why:
            told.append(texts("visible.weaker", why=texts.words(why), count=len(self.weaker_patterns)))
        return told

    @staticmethod
    def _why(reason: Prerequisite, texts: Texts) -> str:
        return texts(f"visible.lacks_{reason}")


def judged_from(first: dt.date, learning_days: int) -> dt.date:
    """Return the first date that was judged; what was not judged is in no share of what has a ground.

    On the dates before it, those from ``first`` on which models learn, nothing is compared with anything.
    """
    return first + ONE_DAY * max(MINIMUM_DAYS, learning_days)


def first_judged(connection: duckdb.DuckDBPyConnection, learning_days: int) -> dt.date:
    """Return :func:`judged_from` of a store."""
    first = connection.execute("select min(business_date) from dates where not coalesce(late, false)").fetchall()[0][0]
    return dt.date.max if first is None else judged_from(first, learning_days)


def read_visibility(
    connection: duckdb.DuckDBPyConnection, settings: Settings, last: dt.date | None = None
) -> Visibility:
    """Read what is seen up to ``last``, by default the last date judged, or the newest of the logs where none was.

    Reads ``source_days`` of the ``LOOKED_AT_DAYS`` dates that end with it, the context tables, ``dates`` and
    ``account_days``; the view ``events``, which must cover these dates, only for dates that no night has noted.
    """
    if last is None:
        last = connection.execute(
            "select coalesce((select max(business_date) from dates), (select max(business_date) from events))"
        ).fetchall()[0][0]
    until, limit = last or dt.date.min, settings.detection.blind_share
    first = until - (LOOKED_AT_DAYS - 1) * ONE_DAY if last is not None else until
    with registered(connection, seen_source_days=source_days(connection, first, until)):
        seen = rows(connection, "detection", "visible.sql", first=first, last=until, limit=limit)[0]
    judged = rows(connection, "detection", "judged_amount.sql", last=until)[0]
    present = {one for one in Prerequisite if seen.get(one)}
    if judged["first"] is None or (until - judged["first"]).days >= MINIMUM_DAYS:
        present.add(Prerequisite.WEEK_OF_HISTORY)
    return Visibility(
        last=last,
        events=seen["events"],
        operations=seen["operations"],
        without_patient=seen["without_patient"],
        blind_sources=tuple(seen["blind_sources"]),
        limit=limit,
        present=frozenset(present),
        first=judged["first"],
        days=judged["days"],
        accesses=judged["accesses"],
        accounts=judged["accounts"],
        known_accounts=judged["accounts"],
        learning_days=settings.alerting.learning_days,
    )


def visibility_where_whole(
    connection: duckdb.DuckDBPyConnection, settings: Settings, last: dt.date | None = None
) -> Visibility | None:
    """Read what is seen; None where it needs a damaged part of the events: what does not need it still works.

    It does until the next run after an update from a version that did not note what it saw.
    """
    try:
        return read_visibility(connection, settings, last)
    except duckdb.Error as error:
        if DAMAGED_PART not in str(error) and BARRED_PART not in str(error):
            raise
        return None


def _percent(share: float) -> str:
    return f"{share:.0%}" if 0.005 <= share < 0.995 or share in {0, 1} else f"{share:.1%}"
