"""A view of patient-linked data: recorded before it is shown, with record numbers or with tokens in their place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from detector.errors import UsageError

if TYPE_CHECKING:
    from detector.cli.session import Session
    from detector.privacy.pseudonyms import Pseudonyms
    from detector.store import Published

Pseudonymise = Annotated[
    bool, typer.Option("--pseudonymise", help="Keyed tokens instead of record numbers; raw rows are left out.")
]
Reveal = Annotated[
    str | None,
    typer.Option("--reveal", metavar="REASON", help="Record numbers where tokens are the default; goes to the trail."),
]
VIEW: Final = "view"
REVEAL: Final = "reveal"


@dataclass(frozen=True)
class View:
    """One command's view of the published copy; ``hidden`` tells whether record numbers are tokens in it."""

    session: Session
    published: Published
    hidden: bool = False
    reason: str | None = None

    @cached_property
    def pseudonyms(self) -> Pseudonyms:
        """The tokens of the deployment."""
        from detector.privacy.pseudonyms import pseudonymiser

        return pseudonymiser(self.session.settings)

    def record(self, command: str, **what: object) -> None:
        """Write into the trail what is about to be shown. Raises StoreError where that fails: then nothing is."""
        told = {"command": command, **{name: value for name, value in what.items() if value not in (None, "", False)}}
        if self.reason is not None:
            told["reason"] = self.reason
        if self.hidden:
            told["pseudonymised"] = True
        self.session.record(self.published, VIEW if self.reason is None else REVEAL, told)

    def number(self, patient_id: str | None) -> str | None:
        """Return a record number as the view shows it."""
        return self.pseudonyms(patient_id) if self.hidden and patient_id is not None else patient_id

    def meant(self, given: str) -> str:
        """Return the record number that was asked for by itself or by its token."""
        from detector.privacy.hiding import number_of
        from detector.privacy.pseudonyms import is_token

        if not is_token(given):
            return given
        found = number_of(self.published.connection, given, self.pseudonyms)
        return given if found is None else found

    def findings(self, findings: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return findings as the view shows them."""
        if not self.hidden:
            return [dict(one) for one in findings]
        from detector.privacy.hiding import hidden_findings

        return hidden_findings(self.published.connection, findings, self.pseudonyms)

    def events(self, events: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return a finding's events as the view shows them."""
        if not self.hidden:
            return [dict(one) for one in events]
        from detector.privacy.hiding import hidden_events

        return hidden_events(events, self.pseudonyms)


def view_of(session: Session, published: Published, *, pseudonymise: bool, reveal: str | None) -> View:
    """Return the view that the options and ``[privacy].pseudonymise`` ask for. Raises UsageError for no reason."""
    if reveal is None:
        return View(session, published, hidden=pseudonymise or session.settings.privacy.pseudonymise)
    if pseudonymise:
        raise UsageError("give either --pseudonymise or --reveal")
    if not reveal.strip():
        raise UsageError("--reveal needs the reason why record numbers are needed")
    return View(session, published, reason=reveal.strip())
