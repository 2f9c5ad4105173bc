"""Both catalogues say the same things."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import detector
from detector.detection.features import FEATURES
from detector.detection.streams import STREAMS
from detector.texts import load_texts

EN, ZH = load_texts("en"), load_texts("zh")


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_same_keys_and_placeholders() -> None:
    assert EN.entries.keys() == ZH.entries.keys()
    for key in EN.entries:
        assert placeholders(EN.entries[key]) == placeholders(ZH.entries[key]), key
        assert EN.entries[key].strip(), key
        assert ZH.entries[key].strip(), key


def test_chinese_texts_are_chinese() -> None:
    for key, text in ZH.entries.items():
        words = "".join(literal for literal, _, _, _ in string.Formatter().parse(text))
        if not any(character.isalpha() for character in words):
            continue
        assert any("\u4e00" <= character <= "\u9fff" for character in text), key


def test_every_severity_and_status_has_a_name() -> None:
    names = [f"severity.{one}" for one in ("low", "medium", "high", "critical")]
    names += [f"finding_status.{one}" for one in ("open", "confirmed", "justified", "false_alarm", "escalated")]
    assert not set(names) - EN.entries.keys()


def test_every_stream_has_a_name() -> None:
    assert not {f"stream.{stream.id}" for stream in STREAMS} - EN.entries.keys()


def test_no_text_calls_anybody_guilty() -> None:
    for texts in (EN, ZH):
        for key, text in texts.entries.items():
            assert not any(word in text.lower() for word in ("guilty", "culprit", "thief", "有罪", "嫌疑人")), key


DAYS_OF_FIGURES = {
    "zh": re.compile(r"出勤日|(?<!调休)上班日|在岗日|每个工作日"),
    "en": re.compile(r"working day|days? at work|on which it works|day worked"),
}
"""Means and medians of an account are over its days with accesses (有访问的日子): no text has another word for them."""


def test_the_days_that_figures_are_over_have_one_name() -> None:
    features = [text for feature in FEATURES for text in (feature.text, feature.of_these)]
    for language, other in DAYS_OF_FIGURES.items():
        told = [*load_texts(language).entries.values(), *(text.get(language, "") for text in features)]
        assert [text for text in told if other.search(text)] == []


def test_every_key_used_exists_and_every_key_is_used() -> None:
    used: set[str] = set()
    asked: set[str] = set()
    prefixes: set[str] = set()
    package = Path(detector.__file__).parent
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or ast.unparse(node.func) in {"Field", "_file"}:  # names of other things
                pass
            elif node.args and isinstance(node.args[0], ast.Constant):
                asked.add(str(node.args[0].value))
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                used.add(node.value)
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                prefixes.add(str(node.values[0].value))
    words = ("pattern", "severity", "finding_status", "account_type", "account_status", "state", "action", "category",
             "explanation", "weekday", "context_table", "stream", "standing", "progress",
             "last_day_of", "stated_reason", "employment", "headline", "headline_meaning", "group_kind",
             "group_attention")  # fmt: skip
    unused = [
        key
        for key in EN.entries
        if key not in used
        and key.partition(".")[0] not in words
        and not any("." in prefix and key.startswith(prefix) for prefix in prefixes)
    ]
    assert not unused
    sections = {key.partition(".")[0] for key in EN.entries}
    keys = {key for key in asked if re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", key) and key.partition(".")[0] in sections}
    assert len(keys) > 300
    assert not keys - EN.entries.keys()


def test_every_kind_of_word_asked_for_is_in_the_catalogues() -> None:
    sources = (path.read_text(encoding="utf-8") for path in Path(detector.__file__).parent.rglob("*.py"))
    kinds = {kind for source in sources for kind in re.findall(r"""\.name\(["'](\w+)["'], """, source)}
    assert len(kinds) > 5
    assert kinds <= {key.partition(".")[0] for key in EN.entries}
