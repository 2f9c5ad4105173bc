"""What a policy is, once its file has been read and found to be in order."""

from __future__ import annotations

import datetime as dt
import hashlib
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from detector.errors import ConfigError
from detector.model.policy_sentences import COUNTED, PolicySentence

if TYPE_CHECKING:
    from detector.texts.language import Language

Value = str | int | float | bool | tuple[str, ...]
"""A parameter: text, number, yes or no, or a list of texts."""

SUBJECTS: Final[tuple[str, ...]] = ("account", "source")

EXAMPLE_TIMEZONE: Final = "Asia/Shanghai"


class PolicyError(ConfigError):
    """A policy's file, its parameters or its result are wrong; the line names file, line and key."""


@dataclass(frozen=True, slots=True)
class Example:
    """A small night that a policy must judge rightly.

    ``tables`` maps ``events`` and context tables to CSV texts. ``sealed_records`` are records under
    seal (patient_id, start, end). For policies about sources there are four more, each a CSV:
    ``volumes`` counts daily events, ``outages`` are planned silences (source, start, end, reason),
    ``delays`` the dates whose rows came late (source, business_date, days), ``orders`` tell how rows
    were numbered and ordered on each date from one to another (source, start, end, and columns of
    ``source_orders``; 0 where they are left out). ``calendar`` is the site's country. ``fires`` names
    the accounts or sources that must fire and ``approved`` those among them that an approval covers.
    """

    name: str
    night: dt.date
    tables: Mapping[str, str]
    fires: tuple[str, ...]
    approved: tuple[str, ...] = ()
    volumes: str | None = None
    outages: str | None = None
    delays: str | None = None
    orders: str | None = None
    sealed_records: str | None = None
    calendar: str | None = None
    timezone: str = EXAMPLE_TIMEZONE
    line: int = 0


@dataclass(frozen=True, slots=True)
class Policy:
    """One question to the night, with all that an officer needs to weigh its answer.

    ``statement`` is the file's text with the header blanked out, so that the database's line numbers are the file's.
    It returns events and whose they are: a row per event with ``event_id``, or a row per subject with ``event_ids``,
    and columns for the reason. About a source, which may have none, it need not name events.
    ``subject`` is ``account`` or ``source``; ``defaults`` are the declared parameters, ``parameters``
    the same with the site's own values. ``tables`` are the night tables that the statement reads. ``content`` is
    the whole file as ``normal_content`` has it. ``over_dates`` says how columns of the reason are told where the policy
    fired on several dates of one finding.
    """

    id: str
    version: int
    pattern: str
    severity: str
    alert: bool
    subject: str
    title: Mapping[Language, str]
    reason: Mapping[Language, str]
    why: Mapping[Language, str]
    misses: Mapping[Language, str]
    false_causes: Mapping[Language, str]
    check: Mapping[Language, Sequence[str]]
    defaults: Mapping[str, Value]
    parameters: Mapping[str, Value]
    examples: tuple[Example, ...]
    statement: str = field(repr=False)
    tables: tuple[str, ...]
    path: Path
    built_in: bool
    content: str = field(repr=False)
    over_dates: Mapping[str, str] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """The digest of ``content``: with id and version it says what was asked."""
        return hashlib.sha256(self.content.encode()).hexdigest()

    @property
    def subject_column(self) -> str:
        """The column of the result that names the subject."""
        return "user_id" if self.subject == "account" else "source"

    @property
    def reason_columns(self) -> tuple[str, ...]:
        """The columns that the reason names, in the order of the English text, those of ``COUNTED`` among them."""
        return placeholders(self.reason["en"])

    @property
    def own_columns(self) -> tuple[str, ...]:
        """The columns that the SELECT must return for the reason: those that it names and nothing counts."""
        return tuple(column for column in self.reason_columns if column not in (*COUNTED, self.subject_column))

    @property
    def sentence(self) -> PolicySentence:
        """The reason's words, and how its columns are told over several dates."""
        return PolicySentence(self.reason, self.over_dates)

    def explain(self, language: Language, values: Mapping[str, object]) -> str:
        """Put the values of a fired row, as in ``reason_values``, into the reason's sentence."""
        return self.sentence.filled(language, values)


def normal_content(text: str) -> str:
    """Return a file's text without what an editor changes by itself: blanks and empty lines at its ends."""
    return "\n".join(line.rstrip() for line in text.split("\n")).rstrip("\n") + "\n"


def placeholders(text: str) -> tuple[str, ...]:
    """Return the names in braces of a format string, each once; raises ValueError where it is none."""
    names = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
    for name in names:
        if not name.isidentifier():
            raise ValueError(f"{{{name}}} is not the name of a column")
    return tuple(dict.fromkeys(names))
