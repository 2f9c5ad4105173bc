"""How a finding was rated: enough to recompute it, and to reproduce it a year later.

A method is kept with the finding as JSON, which only this module writes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Margin:
    """By how much the leading stream passes its threshold, and what less would have stayed below it.

    ``nats`` and ``limit`` are the stream's evidence and threshold. ``of`` counts the ``unit`` (``patients`` or
    ``days``) that add evidence, ``fewer`` how many of them would have to be absent.
    """

    stream: str
    nats: float
    limit: float
    unit: str
    of: int
    fewer: int

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        """Return the margin that JSON wrote so; an earlier version called the stream a channel."""
        stream = document["stream"] if "stream" in document else document["channel"]
        return cls(stream, *(document[name] for name in ("nats", "limit", "unit", "of", "fewer")))

    def document(self) -> dict[str, Any]:
        """Return the margin as JSON writes it."""
        return dataclasses.asdict(self)


@dataclass(frozen=True, slots=True)
class PolicyUsed:
    """A policy that fired for a finding, as it was from ``first_on`` to ``last_on``.

    ``sha256`` is the digest of its file; it and ``version`` are None where it fired before they were kept.
    """

    id: str
    version: int | None
    sha256: str | None
    first_on: str
    last_on: str


@dataclass(frozen=True, slots=True)
class ContextUsed:
    """A context table as the night that rated a finding knew it.

    ``version`` is the newest business date that the export in use was good for, ``rows`` and ``sha256`` are those of
    the rows that had started by the end of the night.
    """

    id: str
    version: str | None
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class SourceMethod:
    """How a finding about a log source was rated: ``version`` of the detector, digest of its ``configuration``.

    ``policies`` are those that fired for it, ``context`` the tables that the rating knew, each with version and digest;
    None where an earlier version of the detector rated it.
    """

    version: str
    configuration: str
    policies: tuple[PolicyUsed, ...] | None = field(default=None, kw_only=True)
    context: tuple[ContextUsed, ...] | None = field(default=None, kw_only=True)

    def document(self) -> dict[str, Any]:
        """Return the method as JSON writes it."""
        return {"version": self.version, "configuration": self.configuration} | self.inputs()

    def inputs(self) -> dict[str, Any]:
        """Return policies and context tables as JSON writes them; nothing where they are not known."""
        known = {"policies": self.policies, "context": self.context}
        return {name: [dataclasses.asdict(one) for one in used] for name, used in known.items() if used is not None}


@dataclass(frozen=True, slots=True)
class RecordMethod(SourceMethod):
    """How a finding about a record was rated.

    ``history``: first date of the logs and date of the rating; ``combined``: the evidence in units of the threshold;
    ``thresholds``: evidence (nats) for an alert, by stream.
    """

    history: tuple[str, str]
    combined: float
    thresholds: Mapping[str, float]

    def document(self) -> dict[str, Any]:
        """Return the method as JSON writes it."""
        return {
            "version": self.version,
            "configuration": self.configuration,
            "history": list(self.history),
            "combined": self.combined,
            "thresholds": dict(self.thresholds),
        } | self.inputs()


@dataclass(frozen=True, slots=True)
class AccountMethod(RecordMethod):
    """How a finding about an account was rated: enough to recompute it, and to reproduce it a year later.

    ``standing`` (in units of the threshold) and ``nats``: the evidence by stream, empty where only policies fired.
    """

    standing: Mapping[str, float]
    nats: Mapping[str, float]
    margin: Margin | None = None

    def document(self) -> dict[str, Any]:
        """Return the method as JSON writes it."""
        return {
            "version": self.version,
            "configuration": self.configuration,
            "history": list(self.history),
            "standing": dict(self.standing),
            "nats": dict(self.nats),
            "thresholds": dict(self.thresholds),
            "combined": self.combined,
            "margin": None if self.margin is None else self.margin.document(),
        } | self.inputs()


Method = AccountMethod | RecordMethod | SourceMethod


def read_method(document: Mapping[str, Any]) -> Method:
    """Return the method that JSON wrote so."""
    common = (document["version"], document["configuration"])
    policies, context = document.get("policies"), document.get("context")
    inputs: dict[str, Any] = {
        "policies": None if policies is None else tuple(PolicyUsed(**one) for one in policies),
        "context": None if context is None else tuple(ContextUsed(**one) for one in context),
    }
    if "history" not in document:
        return SourceMethod(*common, **inputs)
    first, last = document["history"]
    rated = (*common, (first, last), document["combined"], document["thresholds"])
    if "standing" not in document:
        return RecordMethod(*rated, **inputs)
    margin = document.get("margin")
    nats = document.get("nats", {})
    return AccountMethod(*rated, document["standing"], nats, None if margin is None else Margin.read(margin), **inputs)
