from __future__ import annotations

import re
import string
from collections.abc import Callable, Sequence

import pytest

from detector.cli.typed_words import ALL
from detector.database.connection import REPAIR
from detector.detection.patterns import patterns
from detector.model.findings import Status
from detector.texts import load_texts
from detector.texts.messages import Messages, Template, load_messages
from tests.texts.english import Phrase, help_texts, messages

NOT_SHOWN = {
    "Access Audit", "Access-Audit Detector", "CSV text", "Data from Information Repositories", "DejaVu Sans",
    "Error -3 while decompressing data:", "Splunk {0}", "Valid Accounts", "a report fetches nothing: {0}",
    "Times New Roman", "Table Grid", "List Bullet",
    "application/json; charset=utf-8", "detector {0}", "detector {0}check", "detector: {0}", "infection control",
    "detector group {0}",
    "local_time, event_id", "medical record", "no record:", "`detector guide {0}`", "Every night", "valid rows",
    "{0} Unit: {1}.", "{0} as {1}",
    "coalesce({0}_of.canonical_id, logged.{1}) as {2}", "when {0} then {1}", "case source {0} else {1} end",
    "<previously logged>", "<not logged>", "LOGOFF BY CLEANUP", "Change user",
    "{0}({1})::{2} as {3}", "({0}) in (select id from changed_ids)",
    "{0} does not begin with its place and what it is about", "{0}where error({1}) is null",
    "开始时间 开始日期 start_date start_time starts_at", "结束时间 结束日期 end_date end_time ends_at",
}  # fmt: skip
"""Names in the products' own words, pieces of SQL, and what a defect of the program alone can bring up."""
ASSEMBLED = {
    "{0} {1}, not {2}": ("must fire for {0}, not {1}", "an approval must cover {0}, not {1}"),
    "no {0} {1}; {2}": ("no pattern {0}; {1}", "no disposition {0}; {1}", "no status {0}; {1}"),
}
"""Templates without words of their own, and the whole messages they make."""
OTHERS_WORDS = ("system", "toml", "command_line")
"""Parts of the catalogue with what the system, TOML and the command line's library say."""
MESSAGES, HELP = load_messages("zh"), load_messages("zh", "help")


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def told(template: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in template) or not re.search("[A-Za-z]{2}", template)


@pytest.mark.parametrize(("catalogue", "phrases"), [(MESSAGES, messages), (HELP, help_texts)])
def test_every_phrase_has_a_chinese_sentence_with_the_same_values(
    catalogue: Messages, phrases: Callable[[], Sequence[Phrase]]
) -> None:
    missing, different = [], []
    found = [one for one in phrases() if one.template not in NOT_SHOWN and " from (select " not in one.template]
    for phrase in found:
        for template in ASSEMBLED.get(phrase.template, (phrase.template,)):
            chinese = catalogue.entries.get(template)
            if chinese is None:
                if " || " not in template:
                    missing.append(f"{phrase.place}: {template}")
            elif phrase.template == template and gaps(template) - {str(one) for one in phrase.plural} != gaps(chinese):
                different.append(f"{phrase.place}: {template}")
    assert len(found) > 150
    assert not missing, "write what it is in Chinese, in detector/texts/messages.zh.toml or help.zh.toml"
    assert not different


@pytest.mark.parametrize("catalogue", [MESSAGES, HELP])
def test_what_is_told_in_chinese_is_chinese(catalogue: Messages) -> None:
    for english, chinese in catalogue.entries.items():
        words = re.sub(r"\{\d+\}", "", chinese)
        assert told(words), english
        assert gaps(chinese) <= gaps(english), english


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("18 columns instead of 19", "列数为 18，表头为 19 列"),
        ("unknown action: 封存", "不认识的操作（action）：封存"),
        ("18 columns instead of 19 (4)", "列数为 18，表头为 19 列（4 行）"),
        ("unknown action (323)", "不认识的操作（action）（323 行）"),
        ("/srv/a/detector.toml:3: site.timezome: unknown key; did you mean 'timezone'?",
         "/srv/a/detector.toml:3: site.timezome: 没有这个键；您要写的是不是 'timezone'？"),
        ("detector.toml:3: store.x: 'y' is missing; add a text", "detector.toml:3: store.x: 缺少 'y'；请补上：文字"),
        ("must be a whole number from 1, not a text", "应为不小于 1 的整数，现为：文字"),
        ("2 problems, the first: b.csv: no column for event_time",
         "有 2 处问题，第一处：b.csv: 没有对应 event_time 的列"),
        ("1 problem, the first: b.csv: no header", "有 1 处问题，第一处：b.csv: 没有表头"),
        ("his.csv is empty", "his.csv 是空的"),
        ("nothing.csv cannot be read: No such file or directory", "nothing.csv 无法读取：没有这个文件或文件夹"),
        ("the disk is full: /x; what was committed before is kept", "磁盘已满：/x；此前已写入的内容保留"),
        ("too few file handles: /x; what was committed before is kept", "可打开的文件数不足：/x；此前已写入的内容保留"),
        (f"/x is damaged: IO Error: bad file; {REPAIR}",
         "/x 已损坏（原文：IO Error: bad file）；`detector verify` 说明哪些完好，`detector repair` 重建可以重建的部分"),
        ("No such option: --foo; see `detector run --help`", "没有选项 --foo；用法见 `detector run --help`"),
        ("No such option: --fromat (Possible options: --format); see `detector run --help`",
         "没有选项 --fromat，相近的有：--format；用法见 `detector run --help`"),
        ("no disposition 'nix'; known: confirmed, false_alarm",
         "没有名为 'nix' 的处理结论；可用的有：属实（confirmed）、误报（false_alarm）"),
        ("no format 'nix'; known: confirmed, csv", "没有格式 'nix'；可用的有：confirmed、csv"),
        ("unknown action: confirmed", "不认识的操作（action）：confirmed"),
        ("nobody wrote this sentence", "nobody wrote this sentence"),
        ("第 3 行有误", "第 3 行有误"),
    ],
)  # fmt: skip
def test_messages_are_told_with_their_place_and_what_fills_them(english: str, chinese: str) -> None:
    assert MESSAGES(english) == chinese
    assert load_messages("en")(english) == english


def test_a_gap_at_the_beginning_does_not_swallow_the_place() -> None:
    template = Template("{0} is missing; add {1}", "")
    assert template.values("'y' is missing; add a text") == ("'y'", "a text")
    assert template.values("detector.toml:3: 'y' is missing; add a text") is None
    assert Template("write {{{0}}}", "").values("write {x}") == ("x",)


def test_ids_have_in_lists_the_names_that_screens_give_them() -> None:
    say = load_texts("zh")
    named = {one: say(f"finding_status.{one}") for one in Status} | {
        name: pattern.title["zh"] for name, pattern in patterns().items()
    }
    assert named | {ALL: say("triage.every_pattern")} == MESSAGES.names


def test_nothing_is_kept_that_no_code_says() -> None:
    """What lists shorten (a reason without what it quotes), and others' words, stand there as well."""
    templates = {one.template for one in messages()}
    whole = {one for several in ASSEMBLED.values() for one in several}
    begun = {one.partition(":")[0].removesuffix(" {0}") for one in templates}
    words = {text for part in OTHERS_WORDS for text in _part(part)}
    filled = {"run", "nobody", "no patient_id", "no start", "{0} is missing or damaged",
              "another run is at work: process {0}", "other columns than the {0} of the header"}  # fmt: skip
    assert not set(MESSAGES.entries) - templates - whole - begun - words - filled
    typers = {"Show this message and exit.", "Install completion for the current shell.",
              "Show completion for the current shell, to copy it or customize the installation."}  # fmt: skip
    assert not set(HELP.entries) - {one.template for one in help_texts()} - typers


def _part(name: str) -> dict[str, str]:
    import tomllib
    from importlib import resources

    content = resources.files("detector.texts").joinpath("messages.zh.toml").read_text(encoding="utf-8")
    return dict(tomllib.loads(content)[name])


def test_what_stands_before_the_hint_on_usage_is_told_by_itself() -> None:
    assert MESSAGES("No such command 'statu'. Did you mean 'status'?; see `detector --help`") == (
        "没有命令 'statu'。您要写的是不是 'status'？；用法见 `detector --help`"
    )
    assert MESSAGES("No such option: --forma (Possible options: --format, --sort); see `detector findings --help`") == (
        "没有选项 --forma，相近的有：--format、--sort；用法见 `detector findings --help`"
    )


def test_commands_in_texts_name_the_deployment() -> None:
    texts = load_texts("zh").at("/srv/my audit")
    assert texts.placed("见detector show 3f9，detector verify") == (
        "见detector --config '/srv/my audit' show 3f9，detector --config '/srv/my audit' verify"
    )
    for untouched in (
        "detector guide night", "see `detector run --help`", "detector --lang zh guide", "detector: no run yet",
        "/opt/detector run", "detector init",
    ):  # fmt: skip
        assert texts.placed(untouched) == untouched
    assert load_texts("zh").placed("detector run") == "detector run"
