"""What `init` writes: texts as TOML, and one `[[source]]` with what a person must decide in comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from detector.cli.render.text import shown
from detector.model.event_columns import JOINED
from detector.texts.untrusted import UNSAFE

if TYPE_CHECKING:
    from detector.sources.column_evidence import Suggestion
    from detector.sources.proposal import SourceProposal
    from detector.sources.understanding import UnknownValues
    from detector.texts import Texts


def toml_text(text: str) -> str:
    """Return a text as a TOML string on one line; what nobody sees is escaped, bytes that are no text are `?`."""
    escaped = re.sub("[\ud800-\udfff]", "?", text).replace("\\", "\\\\").replace('"', '\\"')
    return '"' + UNSAFE.sub(lambda match: _escape(ord(match.group())), escaped) + '"'


def value_lines(unknown: UnknownValues) -> list[str]:
    """Return unknown values as lines of `[source.values.COLUMN]` to copy, `other` or success without a guess."""
    fallback = "success" if unknown.column == "outcome" else "other"
    lines = [f"{toml_text(one.value)} = {toml_text(one.guess or fallback)}" for one in unknown.values]
    return [f"[source.values.{unknown.column}]", *lines] if lines else []


def reason(texts: Texts, one: Suggestion) -> str:
    """Return why a column is suggested."""
    words = [f"“{word}”" if texts.language == "zh" else f"'{word}'" for word in one.words]
    return texts(f"understood.why_{one.why}", words="".join(words) if texts.language == "zh" else texts.words(words))


def source_text(name: str, proposal: SourceProposal, path: str, texts: Texts, zone: str, *, daily: bool = False) -> str:
    """Return one ``[[source]]``: what is sure as lines, what a person must decide as comments.

    ``zone`` is the site's, in which times without an offset are read.
    """
    lines = ["[[source]]", f"name = {toml_text(name)}", f"format = {toml_text(proposal.format)}"]
    lines.append(f"path = {toml_text(path)}")
    lines += [f"daily = true  # {texts('init.comment_daily')}"] if daily else []
    lines += [f"encoding = {toml_text(proposal.encoding)}"] if proposal.encoding else []
    lines += [f"delimiter = {toml_text(proposal.delimiter)}"] if proposal.delimiter is not None else []
    lines.append(f'# timezone = "UTC"  # {texts("init.comment_timezone", zone=zone)}')
    if proposal.time_order in {"open", "contradicted"}:
        lines.append(f'# time_format = "%d/%m/%Y %H:%M"  # {texts(f"init.comment_order_{proposal.time_order}")}')
    columns = list(_column_lines(proposal, texts))
    if not proposal.left.sees_patients:
        lines.append(f"# {texts('init.comment_blind')}")
    if unused := [one.header for one in proposal.left.unused]:
        lines.append(f"# {shown(texts('init.comment_unused', headers=texts.words(unused)))}")
    lines += ["[source.columns]", *columns] if columns else []
    return "\n".join([*lines, *_value_lines(proposal, texts)]) + "\n"


def _column_lines(proposal: SourceProposal, texts: Texts) -> Iterator[str]:
    for column, header in proposal.columns.items():
        taken, used = proposal.taken.get(column), proposal.left.columns.get(column)
        why = []
        if taken is not None:
            why.append(texts("init.comment_taken", why=reason(texts, taken)))
        if used is not None and used.stands_in is not None:
            why.append(texts(f"understood.stands_in_{column}"))
        comment = f"  # {shown(texts.clauses(why))}" if why else ""
        told = ", ".join(toml_text(one) for one in header.split(JOINED))
        yield f"{column} = {f'[{told}]' if JOINED in header else told}{comment}"
    for one in proposal.left.suggestions:
        told = shown(texts("init.comment_decide", why=reason(texts, one)))
        yield f"# {one.column} = {toml_text(one.header)}  # {told}"


def _value_lines(proposal: SourceProposal, texts: Texts) -> Iterator[str]:
    unknown = {one.column: one for one in proposal.left.unknown}
    for column in dict.fromkeys((*proposal.values, *unknown)):
        values = proposal.values.get(column, {})
        undecided = unknown[column].values if column in unknown else ()
        if not values and not undecided:
            continue
        if values:
            yield f"[source.values.{column}]"
        else:
            yield f"# [source.values.{column}]"
        made = {one.value for one in proposal.taken_values.get(column, ())}
        for raw, canonical in values.items():
            why = f"  # {texts('init.comment_made')}" if raw in made else ""
            yield f"{toml_text(raw)} = {toml_text(canonical)}{why}"
        for value in undecided:
            why = texts("init.comment_rows", rows=f"{value.rows:,}")
            yield f"# {toml_text(value.value)} = {toml_text(value.guess or '?')}  # {why}"


def _escape(code: int) -> str:
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
