"""Brings targets up to date with the outbox: batch by batch, in order, again after an error, within limits.

Reads the published copy, so it neither waits for a night nor holds one up. A batch is acknowledged in the ledger before
the next is sent; what is not acknowledged is sent again by the next delivery, in its newest state.
"""

from __future__ import annotations

import contextlib
import math
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, Final

import duckdb
import polars as pl

from detector.deployment.settings import Settings
from detector.errors import DetectorError
from detector.export import outbox
from detector.export.ledger import DeadLetter, DeliveryState, Ledger, open_ledger, read_ledger
from detector.export.notice import Notice, Origin, connection_test, for_receiver, shorter
from detector.export.outbox import Pending
from detector.export.targets import Target, configured
from detector.export.transport import Deadline, Rejected, Sender, Unreachable
from detector.privacy.pseudonyms import pseudonymiser
from detector.store import Published, open_published
from detector.texts.language import Language
from detector.trail import Head, Trail

ATTEMPT_SECONDS: Final = 30.0
"""One attempt ends here even where the delivery has more time."""
PAUSES: Final = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between attempts; after the last one the batch waits for the next delivery."""

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class DeliveryOutcome:
    """What a delivery did: messages taken, refused for good, still waiting; ``error`` where it did not get through."""

    name: str
    to: str
    format: str
    sent: int = 0
    refused: int = 0
    waiting: int = 0
    error: str | None = None
    certain: bool = True

    @property
    def failed(self) -> bool:
        """Whether somebody has to look."""
        return self.error is not None or self.refused > 0


@dataclass(frozen=True, slots=True)
class TargetState:
    """How a target stands: what waits, what it refused, how the last delivery went."""

    target: str
    delivered: DeliveryState | None
    name: str
    waiting: int
    dead_letters: list[DeadLetter]


@dataclass(frozen=True)
class MessageBuilder:
    """Turns outbox rows into messages for one target."""

    settings: Settings
    target: Target
    language: Language
    sender: Sender

    @cached_property
    def trail_head(self) -> Head | None:
        """The trail's newest entry, the same for a whole delivery."""
        return Trail.of(self.settings).newest()

    @property
    def origin(self) -> Origin:
        """Who speaks."""
        site = self.settings.site
        head = None if self.trail_head is None else self.trail_head.hash
        return Origin(site.name, self.target.export.host or socket.gethostname(), site.timezone, head)

    def notices(self, connection: duckdb.DuckDBPyConnection, rows: Sequence[Pending]) -> list[Notice]:
        """Return what the rows say now."""
        keys = [row.key for row in rows if row.kind == "finding"]
        states = outbox.read_states(connection, keys, self.language) if keys else {}
        pseudonyms = None if self.target.export.patient_numbers else pseudonymiser(self.settings)
        return [
            Notice(
                kind="health" if row.kind == "health" else "finding",
                change=row.change,  # type: ignore[arg-type]  # the SQL gives these words alone
                key=row.key,
                revision=row.revision,
                at=row.recorded_at,
                body=row.content
                if row.content is not None
                else for_receiver(states[row.key], self.language, pseudonyms),
                origin=self.origin,
                language=self.language,
            )
            for row in rows
        ]

    def message(self, notice: Notice) -> bytes:
        """Return the message, with less evidence where it is too long; raises ValueError where it cannot be short."""
        limit = self.sender.preferred_bytes
        message = b""
        for shortened in shorter(notice):
            document = self.target.format.document(shortened)
            message = self.sender.encode(shortened, document, self.target.format.line(shortened))
            if not limit or len(message) <= limit:
                return message
        if not self.sender.hard_limit_bytes or len(message) <= self.sender.hard_limit_bytes:
            return message
        raise ValueError(f"{len(message)} bytes even without evidence; the limit is {limit}")


@contextlib.contextmanager
def open_outbox(settings: Settings) -> Iterator[Published]:
    """Open the published copy with the outbox as officers' decisions have left it. Raises StoreError without a copy."""
    with open_published(settings, views=False) as published:
        outbox.overlay_decisions(published.connection)
        yield published


def deliver_all(settings: Settings, clock: Clock, language: Language) -> list[DeliveryOutcome]:
    """Bring every target of ``[[export]]`` up to date; a target's failure is its outcome and stops no other."""
    return [deliver(settings, target, clock, language) for target in configured(settings)]


def deliver(
    settings: Settings,
    target: Target,
    clock: Clock,
    language: Language,
    *,
    since: date | None = None,
    retry: bool = False,
) -> DeliveryOutcome:
    """Bring one target up to date; ``retry`` takes what it refused earlier into line again.

    Raises StoreError where there is no published copy yet; any other trouble is in the outcome.
    """
    spoken = target.export.language or language
    with open_outbox(settings) as published:
        if not target.keeps_acknowledgements:
            return _write_everything(settings, target, published, spoken, since)
        try:
            with open_ledger(settings, target.key) as ledger:
                if retry:
                    ledger.revive(target.key)
                return _deliver(settings, target, published, ledger, clock, spoken, since)
        except DetectorError as error:
            return _outcome(target, error=str(error))


def deliver_test(settings: Settings, target: Target, clock: Clock, language: Language) -> DeliveryOutcome:
    """Send one marked test event; nothing is noted of it."""
    spoken = target.export.language or language
    try:
        builder = MessageBuilder(settings, target, spoken, target.transport.open(target.export, target.address))
        notice = connection_test(builder.origin, spoken, clock())
        refused = attempt(builder.sender, [builder.message(notice)], Deadline(target.export.time_limit))
    except (DetectorError, ValueError) as error:
        return _outcome(target, error=str(error))
    return _outcome(target, sent=1 - len(refused), refused=len(refused), error=refused.get(0))


def states(settings: Settings) -> list[TargetState]:
    """Return the state of every target that is configured or was ever sent anything."""
    configured_targets = {target.key: target for target in configured(settings)}
    with open_outbox(settings) as published, read_ledger(settings) as ledger:
        former = [key for key in (ledger.targets() if ledger else []) if key not in configured_targets]
        return [_state(published, ledger, key, configured_targets.get(key)) for key in [*configured_targets, *former]]


def _state(published: Published, ledger: Ledger | None, key: str, target: Target | None) -> TargetState:
    """Return the state of one target; ``target`` is None where it is configured no more."""
    delivered = ledger.delivery_state(key) if ledger else None
    health = target.health if target else bool(delivered and delivered.health)
    start = delivered.health_from if delivered else outbox.newest_health(published.connection)
    waiting = len(
        _pending(
            published,
            ledger,
            key,
            include_below_alert=target.export.all if target else bool(delivered and delivered.every_finding),
            health_from=start if health else None,
        )
    )
    name = target.export.name if target else delivered.name if delivered else key
    return TargetState(key, delivered, name, waiting, ledger.dead_letters(key) if ledger else [])


def attempt(sender: Sender, batch: Sequence[bytes], deadline: Deadline) -> Mapping[int, str]:
    """Send a batch, again after a pause where the receiver did not take it; raises Unreachable or Rejected."""
    for pause in (*PAUSES, None):
        try:
            return sender.send(batch, Deadline(min(ATTEMPT_SECONDS, deadline.left())))
        except Unreachable as error:
            wait = pause if error.wait is None else error.wait
            if pause is None or wait is None or deadline.passed or wait >= deadline.left():
                raise
            time.sleep(wait)
    return {}


def _deliver(
    settings: Settings,
    target: Target,
    published: Published,
    ledger: Ledger,
    clock: Clock,
    language: Language,
    since: date | None,
) -> DeliveryOutcome:
    state = ledger.register(
        target.key,
        target.export.name,
        every_finding=target.export.all,
        health=target.health,
        health_from=outbox.newest_health(published.connection),
    )
    rows = _pending(
        published,
        ledger,
        target.key,
        include_below_alert=target.export.all,
        health_from=state.health_from if target.health else None,
        since=since,
    )
    sent = refused = 0
    error: str | None = None
    try:
        deadline = Deadline(target.export.time_limit)
        builder = MessageBuilder(settings, target, language, target.transport.open(target.export, target.address))
        for batch in _batches(rows, target.export.batch):
            taken, dead = _send(builder, published.connection, batch, deadline)
            ledger.acknowledge(target.key, taken, dead, clock())
            if taken and builder.trail_head is not None:
                ledger.note_head(builder.trail_head, clock())
            sent, refused = sent + len(taken), refused + len(dead)
    except (Unreachable, Rejected) as problem:
        error = str(problem)
    ledger.finish(target.key, clock(), error)
    return _outcome(target, sent=sent, refused=refused, waiting=len(rows) - sent - refused, error=error)


def _send(
    builder: MessageBuilder, connection: duckdb.DuckDBPyConnection, batch: Sequence[Pending], deadline: Deadline
) -> tuple[list[Pending], list[tuple[Pending, str]]]:
    """Send a batch; return what was taken and what is refused for good, with the reason."""
    rows, messages, dead = [], [], []
    for row, notice in zip(batch, builder.notices(connection, batch), strict=True):
        try:
            messages.append(builder.message(notice))
            rows.append(row)
        except ValueError as error:
            dead.append((row, str(error)))
    refusals = attempt(builder.sender, messages, deadline) if messages else {}
    taken = [row for place, row in enumerate(rows) if place not in refusals]
    return taken, dead + [(rows[place], reason) for place, reason in refusals.items()]


def _write_everything(
    settings: Settings, target: Target, published: Published, language: Language, since: date | None
) -> DeliveryOutcome:
    """Write the present state of everything to a target that acknowledges nothing."""
    start = outbox.newest_health(published.connection) if target.health else None
    rows = _pending(published, None, target.key, include_below_alert=target.export.all, health_from=start, since=since)
    builder = MessageBuilder(settings, target, language, target.transport.open(target.export, target.address))
    refused = 0
    deadline = Deadline(math.inf)
    for batch in _batches(rows, target.export.batch):
        refused += len(_send(builder, published.connection, batch, deadline)[1])
    return _outcome(target, sent=len(rows) - refused, refused=refused)


def _pending(
    published: Published,
    ledger: Ledger | None,
    key: str,
    *,
    include_below_alert: bool,
    health_from: int | None,
    since: date | None = None,
) -> list[Pending]:
    nothing = pl.DataFrame(schema=outbox.ACKNOWLEDGEMENT_SCHEMA)
    return outbox.pending(
        published.connection,
        include_below_alert=include_below_alert,
        health_from=health_from,
        acknowledged=ledger.marks("acknowledged", key) if ledger else nothing,
        refused=ledger.marks("refused", key) if ledger else nothing,
        since=since,
    )


def _batches(rows: Sequence[Pending], size: int) -> Iterator[Sequence[Pending]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))


def _outcome(target: Target, **values: Any) -> DeliveryOutcome:  # noqa: ANN401  (fields of DeliveryOutcome)
    return DeliveryOutcome(
        name=target.export.name,
        to=target.export.to,
        format=target.format.name,
        certain=target.transport.certain,
        **values,
    )
