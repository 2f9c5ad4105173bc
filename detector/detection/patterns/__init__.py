"""The patterns: one file ``<id>.toml`` each in this folder, found by its name; order is by id.

They stand in this room because an approval for a pattern lowers the evidence that is weighed here, and because a file
is checked against the streams, features and types of access that are declared here.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from detector.deployment.checked_table import CheckedTable
from detector.deployment.key_lines import key_lines, syntax_error
from detector.detection.features import BY_ID as FEATURES
from detector.detection.hypotheses import ACCESS_TYPES
from detector.detection.patterns.pattern import INQUIRIES, LEAST, TECHNIQUES, Pattern, Text, Texts
from detector.detection.prerequisites import Prerequisite
from detector.detection.streams import BY_ID as STREAMS
from detector.detection.streams import POLICY_STREAMS
from detector.errors import ConfigError
from detector.texts.language import LANGUAGES

FOLDER: Final = Path(__file__).parent
LARGEST_WEIGHT: Final = 2.0
NAMING: Final = 0.9
"""Weight from which a pattern is a name for a stream."""
KEYS: Final = (
    "title", "meaning", "innocent", "misses", "needs", "checks", "streams", "features", "least", "policy_stream",
    "approval_covers", "techniques", "asking_warns", "inquiry", "broad", "least_patients", "written_innocent",
    "written_checks",
)  # fmt: skip
"""The keys of a file, in the words of :class:`Pattern`; the id is the file's name. [needs] has required and helpful."""


@cache
def patterns() -> Mapping[str, Pattern]:
    """Return every pattern by id; raises ConfigError where a file is not in order."""
    return {path.stem: read_pattern(path) for path in sorted(FOLDER.glob("*.toml"), key=lambda path: path.stem)}


def named_for(ids: Iterable[str]) -> frozenset[str]:
    """Return the streams that these patterns are names for: of each those that weigh most, and ``NAMING`` or more.

    One that borrows the evidence of others, as access after hours does, is a name for none of them.
    """
    weights = [patterns()[name].streams for name in ids if name in patterns()]
    return frozenset(
        stream for one in weights for stream, weight in one.items() if weight >= NAMING and weight == max(one.values())
    )


def read_pattern(path: Path) -> Pattern:
    """Read and check one file; raises ConfigError, which names file, line, key and the nearest valid word."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        values = tomllib.loads(text)
    except UnicodeDecodeError:
        raise ConfigError("is not UTF-8 text; save it as UTF-8", file=path) from None
    except tomllib.TOMLDecodeError as error:
        problem, line = syntax_error(error)
        raise ConfigError(f"is not valid TOML: {problem}", file=path, line=line) from None
    if not re.fullmatch(r"[a-z]+(-[a-z]+)*", path.stem):
        raise ConfigError("the file's name is the pattern's id: small letters and hyphens", file=path)
    table = CheckedTable(path, key_lines(text), (), values)
    table.only(*KEYS)
    policy_stream = table.text("policy_stream")
    needs = _language_table(table, "needs", "required", "helpful")
    if "required" not in needs.values:
        raise needs.error("name in 'required' what the pattern cannot be seen without; [] where there is nothing")
    pattern = Pattern(
        id=path.stem,
        title=_text(table, "title"),
        meaning=_text(table, "meaning"),
        innocent=_texts(table, "innocent"),
        misses=_text(table, "misses"),
        needs={language: needs.needed_text(language) for language in LANGUAGES},
        required=_prerequisites(needs, "required"),
        helpful=_prerequisites(needs, "helpful"),
        checks=_texts(table, "checks"),
        streams=_weights(table, "streams", STREAMS),
        features=_weights(table, "features", FEATURES),
        least=table.number("least", LEAST, lambda value: 0 < value < 1, "above 0 and below 1"),
        policy_stream=policy_stream,
        approval_covers=_words(table, "approval_covers", ACCESS_TYPES),
        techniques=_words(table, "techniques", TECHNIQUES),
        asking_warns=table.flag("asking_warns"),
        inquiry=table.choice("inquiry", INQUIRIES) or INQUIRIES[0],
        broad=table.flag("broad"),
        least_patients=int(
            table.number("least_patients", 1, lambda many: many >= 1 and many.is_integer(), "a whole number from 1")
        ),
        written_innocent=_texts(table, "written_innocent") if "written_innocent" in values else None,
        written_checks=_texts(table, "written_checks") if "written_checks" in values else None,
    )
    if policy_stream is not None:
        table.check_word(policy_stream, tuple(POLICY_STREAMS), "policy_stream")
    if pattern.features and not pattern.streams:
        raise table.error("features weigh the evidence of streams; name at least one in [streams]", "features")
    return pattern


def _counts(value: float) -> bool:
    return value >= 1 and value.is_integer()


def _prerequisites(table: CheckedTable, key: str) -> tuple[Prerequisite, ...]:
    return tuple(Prerequisite(word) for word in _words(table, key, tuple(Prerequisite)))


def _language_table(table: CheckedTable, key: str, *beside: str) -> CheckedTable:
    if key not in table.values:
        raise table.error(f"'{key}' is missing; add [{key}] with zh and en")
    within = table.table(key)
    within.only(*LANGUAGES, *beside)
    return within


def _text(table: CheckedTable, key: str) -> Text:
    within = _language_table(table, key)
    return {language: within.needed_text(language) for language in LANGUAGES}


def _texts(table: CheckedTable, key: str) -> Texts:
    within = _language_table(table, key)
    texts = {language: within.texts(language) or () for language in LANGUAGES}
    for language in LANGUAGES:
        if not texts[language]:
            raise within.error("at least one text is needed", language)
    if len({len(items) for items in texts.values()}) > 1:
        raise within.error("zh and en must list the same texts")
    return texts


def _weights(table: CheckedTable, key: str, known: Iterable[str]) -> dict[str, float]:
    within = table.table(key)
    within.only(*known)
    bounds = f"above 0 and at most {LARGEST_WEIGHT:g}"
    return {name: within.number(name, 0, lambda value: 0 < value <= LARGEST_WEIGHT, bounds) for name in within.values}


def _words(table: CheckedTable, key: str, known: Iterable[str]) -> tuple[str, ...]:
    words = table.texts(key) or ()
    for word in words:
        table.check_word(word, tuple(known), key)
    return words
