"""What of a log is understood, and what is not, the patient's column first: for `init` and `check`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from detector.cli.render.paint import Paint
from detector.cli.render.settings_text import reason, toml_text, value_lines
from detector.cli.render.text import cells, pad, shown, wrap

if TYPE_CHECKING:
    from detector.loading.time_orders import SourceOrder
    from detector.sources.proposal import SourceProposal
    from detector.sources.understanding import Understanding, UnknownValues
    from detector.texts import Texts

NEEDED = ("event_time", "user_id", "action", "patient_id")
"""The columns that are named one by one; without the patient's rows are read, but nothing about patients is seen."""
FEW = 0.5
"""Below this share of rows with a patient it is said that few have one; log-ins and lists have none either."""
MARGIN = "  "
PATTERN = '"%d/%m/%Y %H:%M"'
"""An example of `time_format`."""


def open_order(order: SourceOrder, texts: Texts) -> Iterator[str]:
    """Yield that the order of day and month is not settled, where rows wait for it."""
    rows = f"{order.waiting:,}"
    if order.is_contradicted:
        first, second = (row.event_time for row in order.rows[:2])
        yield texts("check.order_contradicted", rows=rows, first=first, second=second, pattern=PATTERN)
    elif order.waiting and order.settled is None:
        yield texts("check.order_open", rows=rows, pattern=PATTERN)


class SourceScreen:
    """Lines about one source, indented by two."""

    def __init__(self, texts: Texts, width: int, paint: Paint, understanding: Understanding) -> None:
        self._texts, self._paint, self._width, self._found = texts, paint, width, understanding

    def needed(self) -> Iterator[str]:
        """Yield what each needed column was understood as."""
        if not self._found.names:
            return
        yield MARGIN + self._texts("init.understood_title")
        labels = {column: self._texts(f"column.{column}") for column in NEEDED}
        widest = max(map(cells, labels.values()))
        for column, label in labels.items():
            used = self._found.columns.get(column)
            if used is None:
                missing = f"{MARGIN * 2}{pad(label, widest)}  {self._texts('understood.missing')}"
                yield self._paint(missing, "red", "bold")
                continue
            share = self._texts("understood.filled", share=f"{used.filled:.0%}") if used.filled < 1 else ""
            text = f"{used.header} · {share}" if share and column == "patient_id" else used.header
            yield from self._wrapped(f"{pad(label, widest)}  {text}", depth=2)
        others = [f"{self._texts(f'column.{name}')} ← {one.header}" for name, one in self._found.columns.items()
                  if name not in NEEDED]  # fmt: skip
        yield from self._wrapped(self._texts.words(others), depth=2) if others else ()

    def taken(self, proposal: SourceProposal) -> Iterator[str]:
        """Yield the suggestions that were sure and taken over."""
        for one in proposal.taken.values():
            header = self._found.names.get(one.header, one.header)
            name = self._texts(f"column.{one.column}")
            why = reason(self._texts, one)
            yield from self._wrapped(self._texts("understood.taken", header=header, name=name, why=why))
        for column, values in proposal.taken_values.items():
            for value in values:
                text = self._texts("init.values_taken", name=self._texts(f"column.{column}"), value=value.value,
                                   canonical=value.guess)  # fmt: skip
                yield from self._wrapped(text)

    def not_understood(self, *, with_example: bool = False) -> Iterator[str]:
        """Yield what was not understood: the patient's column first, then columns, then values and what to write."""
        if not self._found.names:
            return
        missing = [column for column in ("patient_id", *NEEDED[:3]) if column not in self._found.columns]
        for column in missing:
            yield from self._missing(column)
        for column in ("patient_id", *NEEDED[:3]):
            yield from self._reservations(column)
        for one in self._found.contradictions:
            yield from self._wrapped(
                self._texts(
                    "understood.contradiction", header=self._found.names.get(one.header, one.header),
                    name=self._texts(f"column.{one.column}"), holds=self._texts(f"understood.holds_{one.holds}"),
                ), "yellow",
            )  # fmt: skip
        yield from self._suggested(tuple(one for one in self._columns_suggested() if one not in missing))
        if unused := [self._unused(one.header, one.form) for one in self._found.unused]:
            yield from self._wrapped(self._texts("understood.unused", headers=self._texts.words(unused)))
        contradicted = {one.column for one in self._found.contradictions}
        for unknown in self._found.unknown:
            yield from self._values(unknown, with_example=with_example and unknown.column not in contradicted)

    @property
    def is_all_understood(self) -> bool:
        """Whether nothing is left for a person to decide."""
        found = self._found
        return bool(found.names) and found.sees_patients and not (
            found.problem or found.contradictions or found.suggestions or found.unknown or found.unused
            or any(list(self._reservations(column)) for column in NEEDED)
        )  # fmt: skip

    def _columns_suggested(self) -> list[str]:
        return list(dict.fromkeys(one.column for one in self._found.suggestions))

    def _missing(self, column: str) -> Iterator[str]:
        if column == "patient_id":
            yield from self._wrapped(self._texts("understood.no_patient"), "red", "bold")
        else:
            name = self._texts(f"column.{column}")
            yield from self._wrapped(self._texts("understood.no_column", name=name, column=column), "red", "bold")
        if column in self._found.empty:
            text = self._texts("understood.empty", header=self._found.empty[column])
            yield from self._wrapped(text, depth=2)
        if column in self._columns_suggested():
            yield from self._suggested((column,), depth=2)
        elif column == "patient_id" and column not in self._found.empty:
            yield from self._wrapped(self._texts("understood.no_candidate"), depth=2)

    def _reservations(self, column: str) -> Iterator[str]:
        """Yield what is to be known of a needed column that was understood: few rows have it, or it stands in."""
        used, texts = self._found.columns.get(column), self._texts
        if used is None:
            return
        notes = []
        if column == "patient_id" and used.filled < FEW and self._found.rows:
            notes.append(texts("understood.few", share=f"{used.filled:.0%}"))
        if used.stands_in is not None:
            notes.append(texts(f"understood.stands_in_{column}"))
        if used.beside is not None:
            notes.append(texts("understood.beside", header=used.beside))
        if used.has_twin and used.differing:
            share = f"{used.differing:.0%}"
            notes.append(texts("understood.twins", share=share, column=column, header=used.header))
        elif used.rivals and used.differing:
            share = f"{used.differing:.0%}"
            notes.append(texts("understood.rivals_differ", share=share, headers=texts.words(used.rivals)))
        elif used.rivals:
            notes.append(texts("understood.rivals", headers=texts.words(used.rivals)))
        if notes:
            told = texts("understood.reservation", name=texts(f"column.{column}"), header=used.header,
                         notes=texts.clauses(notes))  # fmt: skip
            yield from self._wrapped(told, "yellow")

    def _suggested(self, columns: tuple[str, ...], depth: int = 1) -> Iterator[str]:
        for one in self._found.suggestions:
            if one.column in columns:
                header = self._found.names.get(one.header, one.header)
                name = self._texts(f"column.{one.column}")
                yield from self._wrapped(
                    self._texts("understood.may_be", header=header, name=name, why=reason(self._texts, one)),
                    depth=depth,
                )
                line = f"{one.column} = {toml_text(header)}"
                yield from self._wrapped(self._texts("understood.line", line=line), depth=depth + 1)

    def _unused(self, header: str, form: str | None) -> str:
        return header if form is None else self._texts(f"understood.form_{form}", header=header)

    def _values(self, unknown: UnknownValues, *, with_example: bool) -> Iterator[str]:
        texts = self._texts
        told = [
            texts("understood.value", value=one.value, rows=f"{one.rows:,}") if one.guess is None
            else texts("understood.value_guess", value=one.value, rows=f"{one.rows:,}", guess=one.guess)
            for one in unknown.values
        ]  # fmt: skip
        told += [texts("understood.values_more", count=unknown.more)] if unknown.more else []
        if unknown.hidden:
            told.append(texts("understood.values_hidden", count=unknown.hidden, rows=f"{unknown.hidden_rows:,}"))
        name, rows, sample = texts(f"column.{unknown.column}"), f"{unknown.rows:,}", f"{self._found.rows:,}"
        yield from self._wrapped(
            texts("understood.values", name=name, column=unknown.column, rows=rows, sample=sample), "yellow"
        )
        yield from self._wrapped(texts.clauses(told), depth=2)
        yield from self._wrapped(texts(f"understood.values_cost_{unknown.column}"), depth=2)
        if with_example and unknown.values:
            yield from self._wrapped(texts("understood.values_line"), depth=2)
            yield from (f"{MARGIN * 3}{line}" for line in value_lines(unknown))

    def _wrapped(self, text: str, *styles: str, depth: int = 1) -> Iterator[str]:
        margin = MARGIN * depth
        for line in wrap(shown(text), self._width - len(margin), MARGIN):
            yield self._paint(margin + line, *styles)
