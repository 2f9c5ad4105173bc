"""Reads one policy file: a block comment with a TOML header, then exactly one SELECT.

A site's own policy may give its texts in one language; they stand for the other one as well until it has its own.
Every complaint is one line with the file, the line in it, the key, and what to do.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from detector.deployment.checked_table import CheckedTable
from detector.deployment.key_lines import key_lines, syntax_error
from detector.detection.patterns import patterns
from detector.model.policy_sentences import COUNTED, OVER_DATES
from detector.model.severities import SEVERITIES
from detector.model.tables import CONTEXT
from detector.policies.policy import (
    EXAMPLE_TIMEZONE,
    SUBJECTS,
    Example,
    Policy,
    PolicyError,
    Value,
    normal_content,
    placeholders,
)
from detector.policies.statement import read_statement
from detector.texts.language import LANGUAGES, Language

GIVEN_PARAMETERS: Final[tuple[str, ...]] = ("night", "timezone")
"""Parameters that every statement may name: the business date and the site's time zone."""

SITE_KEYS: Final[tuple[str, ...]] = ("enabled", "alert", "severity")
"""Keys of ``[policies.<id>]`` that are no parameters."""

_CONTEXT: Final = tuple(table.name for table in CONTEXT)
_SENTENCES: Final = ("title", "reason", "why", "misses", "false_causes")
_BOTH: Final = "a table with the texts zh and en"
_ONE_OR_BOTH: Final = "a text, or a table with the texts zh and en or one of them"
_KEYS: Final = (
    "id", "version", "pattern", "severity", "alert", "subject", *_SENTENCES, "check", "over_dates", "params",
    "example",
)  # fmt: skip
_EXAMPLE_KEYS: Final = (
    "name", "night", "fires", "approved", "timezone", "calendar", "events", "volumes", "outages", "delays", "orders",
    "sealed_records", *_CONTEXT,
)  # fmt: skip
_HEADER: Final = re.compile(r"\s*/\*(.*?)\*/", re.DOTALL)


def read_policy(path: Path, *, built_in: bool) -> Policy:
    """Read and check a policy file; raises PolicyError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise PolicyError(f"cannot be read: {error.strerror}", file=path) from None
    except UnicodeDecodeError:
        raise PolicyError("is not UTF-8 text; save it as UTF-8", file=path) from None
    header, statement = _parts(path, text)
    return _policy(header, statement, path, normal_content(text), built_in=built_in)


def _parts(path: Path, text: str) -> tuple[CheckedTable, str]:
    match = _HEADER.match(text)
    if match is None:
        raise PolicyError("must begin with a block comment /* … */ that holds the TOML header", file=path, line=1)
    offset = text.count("\n", 0, match.start(1))
    end = text.count("\n", 0, match.end())
    try:
        values = tomllib.loads(match.group(1))
    except tomllib.TOMLDecodeError as error:
        problem, line = syntax_error(error)
        at = end + 1 if line is None else offset + line
        raise PolicyError(f"the header is not valid TOML: {problem}", file=path, line=at) from None
    lines = {(): 1} | {keys: line + offset for keys, line in key_lines(match.group(1)).items()}
    return CheckedTable(path, lines, (), values, PolicyError), "\n" * end + text[match.end() :]


def _policy(header: CheckedTable, statement: str, path: Path, content: str, *, built_in: bool) -> Policy:
    header.only(*_KEYS)
    identity = header.needed("id", str, "the file's name without .sql")
    if identity != path.stem:
        raise header.error(f"must equal the file's name, {path.stem!r}, not {identity!r}", "id")
    version = header.needed("version", int, "a whole number from 1")
    if version < 1:
        raise header.error("must be a whole number from 1", "version")
    texts = {key: _sentences(header, key, built_in=built_in) for key in _SENTENCES}
    parameters = _parameters(header)
    tables, named = read_statement(statement, path)
    policy = Policy(
        id=identity,
        version=version,
        pattern=_known_word(header, "pattern", tuple(patterns())),
        severity=_known_word(header, "severity", SEVERITIES),
        alert=header.needed("alert", bool, "true or false"),
        subject=_known_word(header, "subject", SUBJECTS),
        **texts,
        check=_check_steps(header, built_in=built_in),
        defaults=parameters,
        parameters=parameters,
        examples=_examples(header),
        statement=statement,
        tables=tables,
        path=path,
        built_in=built_in,
        content=content,
        over_dates=_over_dates(header, texts["reason"]),
    )
    _check_parameters(header, policy, named)
    return policy


def _known_word(header: CheckedTable, key: str, known: tuple[str, ...]) -> str:
    value = header.needed(key, str, f"one of {', '.join(known)}")
    header.check_word(value, known, key)
    return value


def _sentences(header: CheckedTable, key: str, *, built_in: bool) -> dict[Language, str]:
    """Return a text by language; a plain text, or the only one of the table, is that of both."""
    value = header.values.get(key)
    if isinstance(value, str) and not built_in:
        table, texts = header, dict.fromkeys(LANGUAGES, header.needed(key, str, _ONE_OR_BOTH).strip())
    else:
        table = header.needed_table(key, _BOTH if built_in else _ONE_OR_BOTH)
        given = {one: table.needed(one, str, "a text").strip() for one in _languages(table, built_in=built_in)}
        texts = {one: given.get(one) or next(iter(given.values())) for one in LANGUAGES}
    if key == "reason":
        _check_placeholders(table, texts)
    return texts


def _check_placeholders(table: CheckedTable, reason: Mapping[Language, str]) -> None:
    """Raise PolicyError unless the reason is a format string that names the same columns in both languages."""
    names: dict[Language, tuple[str, ...]] = {}
    for language, text in reason.items():
        place = next(one for one in (language, *LANGUAGES, "reason") if one in table.values)
        try:
            names[language] = placeholders(text)
        except ValueError as error:
            raise table.error(f"is not a format string: {error}", place) from None
    if set(names["zh"]) != set(names["en"]):
        differing = ", ".join(sorted(set(names["zh"]) ^ set(names["en"])))
        raise table.error(f"zh and en must name the same columns; these differ: {differing}", "zh")


def _over_dates(header: CheckedTable, reason: Mapping[Language, str]) -> dict[str, str]:
    """Return how the reason's own columns are told over several dates; raises PolicyError."""
    if "over_dates" not in header.values:
        return {}
    table = header.needed_table("over_dates", "a table: column of the reason = how it is told over several dates")
    own = tuple(name for name in placeholders(reason["en"]) if name not in COUNTED)
    table.only(*own)
    return {name: _known_word(table, name, OVER_DATES) for name in table.values}


def _check_steps(header: CheckedTable, *, built_in: bool) -> dict[Language, tuple[str, ...]]:
    """Return the steps by language; a plain list, or the only one of the table, is that of both."""
    if isinstance(header.values.get("check"), list) and not built_in:
        steps = header.texts("check") or ()
        if not steps:
            raise header.error("at least one step is needed", "check")
        return dict.fromkeys(LANGUAGES, steps)
    wanted = "the lists of steps zh and en"
    table = header.needed_table("check", f"a table with {wanted}" if built_in else f"a list of steps, or {wanted}")
    given = {one: table.texts(one) or () for one in _languages(table, built_in=built_in)}
    for language, steps in given.items():
        if not steps:
            raise table.error("at least one step is needed", language)
    if len({len(steps) for steps in given.values()}) > 1:
        raise table.error("zh and en must list the same steps", "zh")
    return {one: given.get(one) or next(iter(given.values())) for one in LANGUAGES}


def _languages(table: CheckedTable, *, built_in: bool) -> tuple[Language, ...]:
    """Return the languages that a table of texts has or, of a built-in policy, must have."""
    table.only(*LANGUAGES)
    given = tuple(language for language in LANGUAGES if language in table.values)
    if not given:
        raise table.error("has no text; write zh or en")
    return LANGUAGES if built_in else given


def _parameters(header: CheckedTable) -> dict[str, Value]:
    if "params" not in header.values:
        return {}
    table = header.needed_table("params", "a table of parameters with their defaults")
    parameters: dict[str, Value] = {}
    for name, default in table.values.items():
        if not name.isidentifier() or name in GIVEN_PARAMETERS or name in SITE_KEYS:
            raise table.error("cannot be the name of a parameter; choose another", name)
        if isinstance(default, list):
            parameters[name] = table.texts(name) or ()
        elif isinstance(default, str | int | float | bool):
            parameters[name] = default
        else:
            raise table.error("must be a text, a number, true, false or a list of texts", name)
    return parameters


def _examples(header: CheckedTable) -> tuple[Example, ...]:
    tables = header.tables("example", "one for each example")
    if not tables:
        raise header.error("'example' is missing; add [[example]] blocks")
    examples = tuple(_example(table) for table in tables)
    if not any(example.fires for example in examples):
        raise header.error("at least one example must fire", "example")
    if all(example.fires for example in examples):
        raise header.error("at least one example must be an innocent look-alike with fires = []", "example")
    return examples


def _example(table: CheckedTable) -> Example:
    table.only(*_EXAMPLE_KEYS)
    fires = table.texts("fires")
    if fires is None:
        raise table.error("'fires' is missing; list who must fire, or [] for nobody")
    night = table.needed("night", dt.date, "a date such as 2026-03-02")
    if isinstance(night, dt.datetime):
        raise table.error("must be a date without a time", "night")
    return Example(
        name=table.needed("name", str, "a short description"),
        night=night,
        tables={key: table.needed(key, str, "CSV text") for key in ("events", *_CONTEXT) if key in table.values},
        fires=fires,
        approved=table.texts("approved") or (),
        volumes=table.text("volumes"),
        outages=table.text("outages"),
        delays=table.text("delays"),
        orders=table.text("orders"),
        sealed_records=table.text("sealed_records"),
        calendar=table.text("calendar"),
        timezone=table.text("timezone") or EXAMPLE_TIMEZONE,
        line=table.line or 1,
    )


def _check_parameters(header: CheckedTable, policy: Policy, named: frozenset[str]) -> None:
    """Accept only declared parameters, and only declared parameters that the statement names."""
    for name in sorted(named - set(policy.parameters) - set(GIVEN_PARAMETERS)):
        line = policy.statement.count("\n", 0, policy.statement.find(f"${name}")) + 1
        raise PolicyError(f"${name} is not declared; add it to [params]", file=policy.path, line=line)
    for name in policy.parameters:
        if name not in named:
            raise header.error("is not used in the statement; remove it or name it with $", "params", name)
