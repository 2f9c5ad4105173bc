"""How far a view was read: the rows read last, by their watermark, so that the next pull tells them from new ones.

A pull does not go on behind the last row. Rows that were written with an earlier watermark, by a transaction that ended
late or a clock that is behind, come to light since the rows read last are read again; one row dated years ahead holds
nothing back. Those that are known bring nothing. Of rows that are alike only the number is known: where there are more
of them now, all are brought, as the n-th of them in one file is the n-th event.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

READ_AGAIN: Final = 10_000
"""Rows that a pull reads again."""
REMEMBERED: Final = 12_000
"""Rows that are known: some more, since a server may round a watermark that it is asked for."""

Watermark = int | float | Decimal | str | bytes | dt.datetime | dt.date


class DamagedPosition(ValueError):
    """What was written of a position cannot be read."""


@dataclass(slots=True)
class ViewPosition:
    """How far a view was read.

    ``columns`` are those that a row's digest is made of. ``known`` counts by watermark, in the order in which they were
    read, the digests of the rows read last.
    """

    view: str
    watermark: str
    columns: tuple[str, ...]
    known: dict[Watermark, Counter[str]] = field(default_factory=dict)

    @property
    def start(self) -> Watermark | None:
        """The watermark from which the next pull reads; None: from the beginning."""
        rows, start = 0, None
        for mark in reversed(self.known):
            start = mark
            rows += self.known[mark].total()
            if rows >= READ_AGAIN:
                break
        return start

    @property
    def last(self) -> Watermark | None:
        """The last watermark that was read."""
        return next(reversed(self.known), None)

    def add(self, mark: Watermark, digests: Counter[str]) -> Counter[str]:
        """Note the rows of one watermark that the view has now; return those that bring something."""
        earlier = self.known.pop(mark, Counter[str]())
        self.known[mark] = earlier | digests
        return Counter({digest: count for digest, count in digests.items() if count > earlier[digest]})

    def forget(self) -> None:
        """Keep no more than is needed: whole watermarks, the last of them."""
        rows = sum(one.total() for one in self.known.values())
        for mark in list(self.known):
            rows -= self.known[mark].total()
            if rows < REMEMBERED:
                return
            del self.known[mark]

    def as_bytes(self) -> bytes:
        """Return it as it is kept."""
        said = {
            "view": self.view,
            "watermark": self.watermark,
            "columns": self.columns,
            "known": [[*_written(mark), digests] for mark, digests in self.known.items()],
        }
        return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def of_bytes(cls, content: bytes) -> ViewPosition:
        """Return what was kept. Raises DamagedPosition."""
        try:
            said: dict[str, Any] = json.loads(content)
            known = {_read(kind, text): Counter[str](digests) for kind, text, digests in said["known"]}
            return cls(said["view"], said["watermark"], tuple(said["columns"]), known)
        except (ValueError, KeyError, TypeError, ArithmeticError) as error:
            raise DamagedPosition from error


def is_watermark(value: object) -> bool:
    """Return whether a value can be one: a number, a time, a text, bytes."""
    return isinstance(value, Watermark) and not isinstance(value, bool)


_READERS: Final[Mapping[str, Any]] = {
    "int": int,
    "float": float,
    "Decimal": Decimal,
    "str": str,
    "bytes": base64.b64decode,
    "datetime": dt.datetime.fromisoformat,
    "date": dt.date.fromisoformat,
}


def _written(mark: Watermark) -> tuple[str, str]:
    """Return the type of a watermark and its text."""
    if isinstance(mark, bytes):
        return "bytes", base64.b64encode(mark).decode()
    if isinstance(mark, dt.date):
        return "datetime" if isinstance(mark, dt.datetime) else "date", mark.isoformat()
    kind = next(name for name in ("int", "float", "Decimal", "str") if isinstance(mark, _READERS[name]))
    return kind, repr(mark) if kind == "float" else str(mark)


def _read(kind: str, text: str) -> Watermark:
    mark: Watermark = _READERS[kind](text)
    return mark
