"""The reference tables of the guide, made from what the program declares.

A table stands in a page between ``<!-- made: NAME -->`` and ``<!-- end -->``; ``python -m tests.guide`` writes all of
them anew. A table that is new needs its two lines in a page and an entry of ``MADE``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum
from typing import Any, Final

import typer

from detector.cli import shell
from detector.cli.command import Panel, discover
from detector.deployment.detection import DetectionSettings
from detector.deployment.exports import Export
from detector.deployment.groups import Engine, GroupAlerting, GroupSite, MemberHospital
from detector.deployment.key import keys_of
from detector.deployment.log_sources import Source
from detector.deployment.outages import Outage
from detector.deployment.reports import ReportSettings
from detector.deployment.settings import Alerting, ContextPaths, Privacy, Site, StoreSettings
from detector.detection.patterns import patterns
from detector.export.export_format import LEVELS, Field, values
from detector.export.formats import formats
from detector.export.notice import Notice
from detector.group.leaving import LEAVING
from detector.model.event_columns import COLUMNS, REQUIRED_COLUMNS
from detector.model.tables import POLICY_TABLES, TABLES, Column
from detector.policies.catalogue import built_in_policies
from detector.sources.aliases import HEADERS, VALUES
from detector.sources.context_tables import CONTEXT_TABLES
from detector.sources.formats import formats as log_formats_by_name
from detector.texts.language import Language
from tests.export import notices
from tests.guide.markdown import GUIDE, pages, read

BLOCK: Final = re.compile(
    r"(?<=^<!-- made: )(?P<name>[\w-]+)( -->\n)(?P<text>.*?)(?=^<!-- end -->$)", re.MULTILINE | re.DOTALL
)
EXAMPLE_LENGTH: Final = 60


def table(heads: Sequence[str], cells: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [heads, ["---"] * len(heads), *cells]
    return "".join("|".join(["", *(f" {cell} ".replace("  ", " ") for cell in line), ""]) + "\n" for line in lines)


def escaped(text: str) -> str:
    return text.replace("|", "\\|")


def code(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def keys(declared: type) -> str:
    """The keys of one section of the configuration."""
    return table(
        ("key", "type, default", "meaning"),
        ([f"`{key.name}`", f"{key.kind}; {key.default}", escaped(key.meaning)] for key in keys_of(declared)),
    )


def event_columns() -> str:
    """The columns of a log: what they mean, and the headers that mean them."""
    texts = {column.name: column.text for column in TABLES["events"].columns}
    return table(
        ("column", "needed", "meaning", "headers understood"),
        (
            [
                f"`{name}`",
                "yes" if name in REQUIRED_COLUMNS else "",
                escaped(texts[name]),
                ", ".join(one for one in HEADERS[name].split() if one != name),
            ]
            for name in COLUMNS
        ),
    )


def log_formats() -> str:
    """The formats of logs, by their names in the configuration."""
    return table(("format", "reads"), ([f"`{name}`", one.title] for name, one in log_formats_by_name().items()))


def event_values() -> str:
    """The values of the columns that have a fixed set of them, and the words that mean each."""
    return table(
        ("column", "value", "words understood"),
        (
            [f"`{column}`", f"`{value}`", ", ".join(words.split())]
            for column, known in VALUES.items()
            for value, words in known.items()
        ),
    )


def context_tables() -> str:
    """The columns of the context tables."""
    parts = []
    for name, declared in CONTEXT_TABLES.items():
        texts = {column.name: column.text for column in TABLES[name].columns}
        cells = (
            [
                f"`{one.header}`",
                "yes" if one.needed else "",
                escaped(texts[one.name]),
                ", ".join(one.aliases.split()),
            ]
            for one in declared.columns
        )
        heads = ("column", "needed", "meaning", "other headers understood")
        parts.append(f"**`{name}`**: one row per {TABLES[name].row}.\n\n{table(heads, cells)}")
    return "\n".join(parts)


def policies() -> str:
    """The built-in policies."""
    return table(
        ("policy", "alerts", "parameters"),
        ([f"`{one.id}`", "yes" if one.alert else "no", code(one.defaults)] for one in built_in_policies()),
    )


def policy_tables() -> str:
    """The columns of the tables that policies read."""
    shown: dict[tuple[Column, ...], str] = {}
    parts = []
    for one in POLICY_TABLES:
        text = f"`{one.name}`: one row per {one.row}."
        if one.columns in shown:
            parts.append(f"{text} It has the columns of `{shown[one.columns]}`.\n")
            continue
        shown[one.columns] = one.name
        cells = (
            [f"`{column.name}`", column.type, escaped(column.text) + (f" Unit: {column.unit}." if column.unit else "")]
            for column in one.columns
        )
        parts.append(f"{text}\n\n{table(('column', 'type', 'meaning'), cells)}")
    return "\n".join(parts)


def leaving() -> str:
    """The columns that leave a hospital of a group."""
    cells = (
        [f"`{one.name}`", one.row, f"`{column.name}`", escaped(column.text)]
        for one in LEAVING
        for column in (*one.columns, *([Column("…", "", one.more.capitalize() + ".")] if one.more else []))
    )
    return table(("of", "one row per", "column", "meaning"), cells)


PATTERN_HEADS: Final[dict[Language, tuple[str, str, str]]] = {
    "en": ("pattern", "in words", "what it looks like"),
    "zh": ("代号", "情形", "表现"),
}


def pattern_table(language: Language) -> str:
    """The patterns in words."""
    return table(
        PATTERN_HEADS[language],
        ([f"`{one.id}`", one.title[language], one.meaning[language]] for one in patterns().values()),
    )


def levels() -> str:
    """The severity of a finding in each format."""
    return table(
        ("finding", "syslog", "CEF", "LEEF", "ECS", "OCSF"),
        (
            [name, *(str(one) for one in (level.syslog, level.cef, level.leef, level.elastic, level.ocsf))]
            for name, level in LEVELS.items()
        ),
    )


def format_fields(name: str) -> str:
    """The fields of a SIEM format: those of findings first, then what only health and tests have."""
    return table(("field", "meaning", "example"), _fields(name))


def _fields(name: str) -> Iterator[list[str]]:
    declared = formats()[name].fields
    told: set[str] = set()
    for notice in (notices.finding(), notices.health(), notices.test()):
        labels = {one.name: one for one in declared[notice.kind] if name == "cef" and one.name.endswith("Label")}
        for field in declared[notice.kind]:
            if field.name in told or field.name in labels:
                continue
            told.add(field.name)
            label = labels.get(f"{field.name}Label")
            shown = f"`{field.name}`" + (f" (`{label.value(notice)}`)" if label else "")
            only = "" if notice.kind == "finding" else f"{notice.kind}: "
            yield [shown, only + field.meaning, example(field, notice)]


def example(field: Field, notice: Notice) -> str:
    """Return what the field holds in an example, cut to fit."""
    value = next((value for _, value in values([field], notice)), None)
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = text if len(text) <= EXAMPLE_LENGTH else text[: EXAMPLE_LENGTH - 1] + "…"
    return f"`{escaped(text)}`"


def application() -> Any:
    """Return the command line as typer builds it: a group with ``commands`` and ``params``."""
    return typer.main.get_command(shell.build_app())


def global_options() -> str:
    """The options before the command."""
    return table(("option", "meaning"), _options(application()))


def commands() -> str:
    """Every command: what it does, its arguments and options, examples."""
    group = application()
    parts: list[str] = []
    for panel in Panel:
        parts.append(f"## {panel.value}\n")
        for command in discover():
            if command.panel is panel:
                parts += _command(f"detector {command.name}", group.commands[command.name])
                parts.append("```sh\n" + "".join(f"{line}\n" for line in command.examples) + "```\n")
    return "\n".join(parts)


def _command(name: str, built: Any) -> Iterator[str]:
    """Yield the paragraphs about one command, and about those below it."""
    arguments = [one for one in built.params if one.param_type_name == "argument"]
    yield f"### {' '.join(['`' + name, *(str(one.metavar or one.name.upper()) for one in arguments)])}`\n"
    yield re.sub(r"(?<!\n)\n(?!\n)", " ", (built.help or "").strip()) + "\n"
    options = list(_options(built))
    if options:
        yield table(("option", "meaning"), options)
    for inner, one in getattr(built, "commands", {}).items():
        yield from _command(f"{name} {inner}", one)


def _options(built: Any) -> Iterator[list[str]]:
    for one in built.params:
        if one.name == "help":
            continue
        shown = code([*one.opts, *one.secondary_opts]) if one.param_type_name == "option" else f"`{one.metavar}`"
        kind = one.type_descriptor.annotation
        known = [str(each.value) for each in kind] if isinstance(kind, type) and issubclass(kind, Enum) else []
        if one.param_type_name == "option" and (known or (one.metavar and not one.is_flag)):
            shown += " `" + (escaped("|".join(known)) or str(one.metavar)) + "`"
        default = getattr(one.default, "value", one.default)
        text = escaped(" ".join((one.help or "").split()))
        told = isinstance(default, str | int | float) and default != ""
        if told and one.param_type_name == "option" and not one.is_flag:
            text += f" Default: `{default}`."
        yield [shown, text]


MADE: Final[dict[str, Callable[[], str]]] = {
    "site": lambda: keys(Site),
    "store": lambda: keys(StoreSettings),
    "source": lambda: keys(Source),
    "outage": lambda: keys(Outage),
    "context": lambda: keys(ContextPaths),
    "detection": lambda: keys(DetectionSettings),
    "alerting": lambda: keys(Alerting),
    "export": lambda: keys(Export),
    "privacy": lambda: keys(Privacy),
    "group": lambda: keys(GroupSite),
    "engine": lambda: keys(Engine),
    "group-alerting": lambda: keys(GroupAlerting),
    "hospital": lambda: keys(MemberHospital),
    "leaving": leaving,
    "report": lambda: keys(ReportSettings),
    "log-formats": log_formats,
    "event-columns": event_columns,
    "event-values": event_values,
    "context-tables": context_tables,
    "policies": policies,
    "policy-tables": policy_tables,
    "patterns": lambda: pattern_table("en"),
    "patterns-zh": lambda: pattern_table("zh"),
    "levels": levels,
    **{f"fields-{name}": lambda name=name: format_fields(name) for name in formats()},
    "global-options": global_options,
    "commands": commands,
}
"""Every made block: its name in a page, and what it holds."""


def made(text: str) -> str:
    """Return the text of a page with every made block as the program is now."""
    return BLOCK.sub(lambda block: f"{block['name']}{block[2]}\n{MADE[block['name']]()}\n", text)


def write() -> None:
    """Write every made block anew; a SIEM format that has none gets one at the end of its page."""
    siem = GUIDE / "siem.en.md"
    text = read(siem)
    for name in formats():
        if f"<!-- made: fields-{name} -->" not in text:
            text += f"\n## Fields of `{name}`\n\n<!-- made: fields-{name} -->\n<!-- end -->\n"
    siem.write_text(text, encoding="utf-8")
    for page in pages():
        page.write_text(made(read(page)), encoding="utf-8")
