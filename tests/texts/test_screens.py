"""No command shows an English sentence on a Chinese site, whatever goes wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from detector.cli import shell
from tests.review.conftest import put

ENGLISH = re.compile(r"[A-Za-z]{2,}[,;:]? [A-Za-z]+[,;:]? [A-Za-z]{2,}")
"""Three words in a row."""
NO_SENTENCE = re.compile(
    r"`[^`]*`|（原文：[^（）]*）|detector(?: --?[\w-]+)*(?: [A-Za-z-]+)+|\S*[-./_\d:=\[\]]\S*|(?:[a-z_]+ ?, )+[a-z_]+"
)
"""Command lines, quotations of other programs, paths, ids, keys, options, and lists of words that are typed."""
Call = Callable[..., tuple[int, str, str]]

SCREENS = (
    "findings", "findings --explained", "status", "check", "verify", "sources", "quarantine", "events", "run", "repair",
    "user n1", "user n2", "patient P9", "trace --patients list.csv", "trace --patients list.csv --explain n1",
    "report --period week", "export --status", "policies test self-lookup", "policies new ours", "guide",
)  # fmt: skip
ERRORS = (
    "", "nix", "show", "show zzz", "show --nix", "user nobody", "patient nobody", "trace --patients nothing.csv",
    "trace --patients empty.csv", "trace --patients list.csv --explain nobody", "events --out x",
    "events --format parquet", "events --source nix", "events --limit x", "report --period zz", "report --format zz",
    "report --mail-to a@b", "export", "export --to nix", "export --format nix --to -", "export --all", "guide zz",
    "policies test nix", "policies test", "policies tables nix", "policies new self-lookup", "policies new ours!",
    "findings --since x", "findings --since", "findings --min-risk x", "findings --pattern nix",
    "findings --status nix", "verify --head abc", "evidence zzz --out x.zip", "evidence zzz", "drill --pattern nix",
    "simulate", "init .",
    "--now zz status", "--lang fr status", "triage zzz -d confirmed -n x", "triage", "triage zzz -d nix",
    "patient P9 --names", "run --accept-context nix", "run --quiet=3", "inquiry zzz", "simulate x --staff 3",
    "simulate x --days 0", "simulate x --kind nix", "--config nowhere status", "init --from nothing.csv elsewhere",
)  # fmt: skip


def english(text: str) -> list[str]:
    return [line for line in text.splitlines() if ENGLISH.search(NO_SENTENCE.sub("·", line))]


@pytest.fixture
def chinese(site: Path) -> Path:
    """A site that speaks Chinese, with rows that are not understood and a table that cannot be read."""
    path = site / "detector.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('language = "en"', 'language = "zh"'), encoding="utf-8")
    put(site, 3, 4, decoys={3: [("n1", "P9")]})
    with (site / "his-04.csv").open("a", encoding="utf-8") as stream:
        stream.write("not a time,n1,P1,view,note\n2026-06-04 08:00:00,,P1,view,note\n2026-06-04\n")
        stream.write("2026-06-04 08:00:00,n1,P1,seal,note\n2036-06-04 08:00:00,n1,P1,view,note\n")
    (site / "list.csv").write_text("patient_id,known_on\nP9,2026-06-05\nP1,some day\nPx,\n", encoding="utf-8")
    (site / "empty.csv").write_text("", encoding="utf-8")
    return site


def test_no_screen_and_no_error_shows_english(chinese: Path, call: Call) -> None:
    call("run")
    shown = {}
    for line in (*SCREENS, *ERRORS):
        code, out, err = call(*line.split())
        assert code in range(6), (line, code, err)
        assert code == 0 or line not in ERRORS or err or line == "", line
        shown[line] = english(out + err)
    assert not {line: found for line, found in shown.items() if found}


@pytest.mark.parametrize("name", ["", *(one.name for one in shell.discover())])
def test_no_help_shows_english(name: str, call: Call) -> None:
    code, out, err = call("--lang", "zh", *name.split(), "--help")
    assert (code, err) == (0, "")
    assert not english(out)
    assert not re.search(r"<bool>|<str>|\[\]", out)


@pytest.mark.parametrize(
    "wrong",
    [
        "[site", "[site]\nname = 3\n", '[site]\ntimezone = "Asia/Beijing"\n', '[site]\ntimezone = "UTC"\n',
        '[site]\ntimezone = "UTC"\nlanguage = "fr"\n[[source]]\nname = "a"\npath = "x"\n',
        '[site]\ntimezone = "UTC"\n[source]\nname = "a"\n',
        '[site]\ntimezone = "UTC"\n[[source]]\nname = "a b"\npath = "x"\n',
        '[site]\ntimezone = "UTC"\n[[source]]\nname = "a"\npath = "x"\nformat = "cvs"\n',
        '[site]\ntimezone = "UTC"\n[[source]]\nname = "a"\npath = "x"\n[store]\nquarantine_limit = 3\n',
        '[site]\ntimezone = "UTC"\n[[source]]\nname = "a"\npath = "x"\n[[export]]\nname = "b"\nformat = "cef"\nto = "ftp://x"\n',
        '[site]\ntimezone = "UTC"\n[[source]]\nname = "a"\npath = "x"\n[[outage]]\nsource = "a"\nstart = "soon"\n',
        '[site]\ntimezone = "UTC"\n[[source]]\nname = "a"\npath = "x"\n[alerting]\nbudget = "much"\n',
        '[site]\ntimezone = "UTC"\ninternal_networks = ["ten"]\n[[source]]\nname = "a"\npath = "x"\n',
    ],
)  # fmt: skip
def test_no_wrong_configuration_is_told_in_english(wrong: str, tmp_path: Path, call: Call) -> None:
    (tmp_path / "detector.toml").write_text(wrong, encoding="utf-8")
    code, out, err = call("--config", str(tmp_path), "check")
    assert code in {2, 3}, (out, err)
    assert any("\u4e00" <= character <= "\u9fff" for character in err)
    assert not english(err)


@pytest.mark.parametrize(
    ("toml", "arguments", "said"),
    [
        ('[site]\ntimezone = "Asia/Beijing"\nlanguage = "en"\n', (), "unknown time zone 'Asia/Beijing'"),
        ('[site]\nlanguage = "en"\ntimezone = \n', (), "is not valid TOML"),
        ('[site]\ntimezone = "Asia/Beijing"\n', (), "不认识的时区 'Asia/Beijing'"),
        ('[site]\ntimezone = "Asia/Beijing"\n', ("--lang", "en"), "unknown time zone 'Asia/Beijing'"),
        ('[site]\ntimezone = "Asia/Beijing"\nlanguage = "en"\n', ("--lang=zh",), "不认识的时区 'Asia/Beijing'"),
        (None, (), "没有这个文件"),
        (None, ("--lang", "en"), "no such file"),
    ],
)
def test_an_error_speaks_the_language_asked_for_else_the_sites(
    toml: str | None, arguments: tuple[str, ...], said: str, tmp_path: Path, call: Call
) -> None:
    if toml is not None:
        (tmp_path / "detector.toml").write_text(toml, encoding="utf-8")
    code, _, err = call(*arguments, "--config", str(tmp_path), "check")
    assert (code, said in err) == (2, True), err


def test_machine_formats_do_not_change_with_the_language(chinese: Path, call: Call) -> None:
    call("run")
    for words in ("quarantine --format ndjson", "verify --format csv", "sources --format ndjson"):
        english_rows, chinese_rows = call("--lang", "en", *words.split())[1], call("--lang", "zh", *words.split())[1]
        assert english_rows == chinese_rows
        assert english_rows
    assert "event_time is not a time" in call("quarantine", "--format", "ndjson")[1]
    assert "时间（event_time）无法识别" in call("quarantine")[1].replace("\n", "")
