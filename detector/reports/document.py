"""What a report consists of, whatever format it is written in: parts of sections of blocks.

Blocks hold plain words and figures. Texts from logs are in here as they came: each format makes them harmless in its
own way. A format has one way to write each kind of block (``kind``), and must have one for all of :data:`BLOCKS`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Literal

Kind = Literal["text", "name", "count", "number", "share", "date", "severity", "change"]
"""How a column's values are written: words; words kept on one line; whole numbers; other numbers; shares of 1; dates; a
severity's name, marked by colour; a signed difference of counts."""
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure to see at a glance; ``note`` says what it is compared with, ``alarm`` that it needs somebody."""

    label: str
    value: str
    note: str = ""
    alarm: bool = False


@dataclass(frozen=True, slots=True)
class Tiles:
    """Figures side by side."""

    kind: ClassVar[str] = "tiles"
    tiles: Sequence[Tile]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph; ``tone`` is "plain", "note" for the small print, "good" or "alarm" for a verdict on the data."""

    kind: ClassVar[str] = "paragraph"
    text: str
    tone: Literal["plain", "note", "good", "alarm"] = "plain"


@dataclass(frozen=True, slots=True)
class Items:
    """A list of sentences."""

    kind: ClassVar[str] = "items"
    title: str
    items: Sequence[str]


@dataclass(frozen=True, slots=True)
class ReportColumn:
    """One column of a table: ``key`` of its rows, heading, and how values are written."""

    key: str
    title: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class ReportTable:
    """Rows under headings; ``empty`` is what stands there without rows. The first column heads its row."""

    kind: ClassVar[str] = "table"
    id: str
    title: str
    columns: Sequence[ReportColumn]
    rows: Sequence[Row]
    empty: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """One row of values of a chart; None where unknown."""

    name: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture with the same as figures.

    ``form`` names how it is drawn (see :mod:`detector.reports.charts`): "days" overlaid bars a day, "compare" bars of
    the first series with the others as marks, "weeks" bars of the first series with the second as a line of shares,
    "grid" one row a series and one cell a label (value 1 = as usual), "shares" stacked shares of 1. ``description``
    says in words what there is to see; a ``narrow`` chart stands beside another one.
    """

    kind: ClassVar[str] = "chart"
    id: str
    form: Literal["days", "compare", "weeks", "grid", "shares"]
    title: str
    description: str
    labels: Sequence[str]
    series: Sequence[Series]
    narrow: bool = False

    def table(self, heading: str) -> ReportTable:
        """Return the figures as a table with one row a label."""
        share = self.form in {"grid", "shares"}
        columns = [ReportColumn("label", heading), *(
            ReportColumn(str(place), one.name, "share" if share else "number") for place, one in enumerate(self.series)
        )]  # fmt: skip
        rows = [
            {"label": label, **{str(place): one.values[row] for place, one in enumerate(self.series)}}
            for row, label in enumerate(self.labels)
        ]
        return ReportTable(self.id, self.title, columns, rows)


@dataclass(frozen=True, slots=True)
class Card:
    """One finding: who, how severe, and blocks about it."""

    kind: ClassVar[str] = "card"
    id: str
    title: str
    severity: str
    severity_name: str
    subtitle: str
    blocks: Sequence[Block]


Origin = Literal["measured", "configured", "unseen", "written"]
"""Where a statement comes from: measured from the logs; taken from the configuration; a limit of what logs can show; to
be written by a person, who finds a prompt."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of a paper, and where it comes from; ``label`` names that. Of one to be written it is the prompt."""

    origin: Origin
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Statements:
    """What is said on one point of a rule: ``clause`` names the point, ``asks`` what it asks for in other words."""

    kind: ClassVar[str] = "statements"
    id: str
    title: str
    clause: str
    asks: str
    statements: Sequence[Statement]


Block = Tiles | Paragraph | Items | ReportTable | Chart | Card | Statements
BLOCKS: Final = tuple(block.kind for block in (Tiles, Paragraph, Items, ReportTable, Chart, Card, Statements))


@dataclass(frozen=True, slots=True)
class Section:
    """Blocks under a heading."""

    id: str
    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Part:
    """The sections for one kind of reader."""

    id: str
    title: str
    reader: str
    sections: Sequence[Section]


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report. ``labels`` are the words that formats add themselves; ``footer`` says how to check the report.

    ``visibility`` is for machines what the first blocks of the summary say: see
    :meth:`detector.detection.visibility.Visibility.keys`.
    """

    language: Literal["zh", "en"]
    site: str
    title: str
    subtitle: str
    summary: Sequence[Block]
    parts: Sequence[Part]
    footer: Sequence[str]
    labels: Mapping[str, str] = field(default_factory=dict)
    visibility: Mapping[str, Any] = field(default_factory=dict)

    def blocks(self) -> list[Block]:
        """Return every block in order, those inside of cards too."""
        found: list[Block] = []
        todo = [*self.summary, *(block for part in self.parts for one in part.sections for block in one.blocks)]
        for block in todo:
            found.append(block)
            if isinstance(block, Card):
                found += block.blocks
        return found


def cell_text(value: object, kind: Kind) -> str:
    """Return a value of a table as a reader sees it; unknown is a dash."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        return _figure(value, kind)
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if kind == "date" else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value)


def _figure(value: float, kind: Kind) -> str:
    if kind == "share":
        return f"{value:.1%}" if 0.0005 < abs(value) < 0.9995 else f"{value:.0%}"
    if kind == "change":
        return f"{value:+,.0f}" if value else "±0"
    if float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:,.1f}" if abs(value) >= 1 else f"{value:,.2f}"
