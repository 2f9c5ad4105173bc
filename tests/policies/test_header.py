"""Every mistake in a policy's file is one line with file, line, key and remedy."""

import pytest

from detector.errors import ConfigError
from detector.policies.header import read_policy
from detector.policies.policy import PolicyError

GOOD = """/*
id = "p"
version = 1
pattern = "decoy-access"
severity = "low"
alert = false
subject = "account"
[title]
zh = "题"
en = "title"
[reason]
zh = "{patients} 名"
en = "{patients} patients"
[why]
zh = "因"
en = "why"
[misses]
zh = "漏"
en = "misses"
[false_causes]
zh = "误"
en = "false"
[check]
zh = ["一"]
en = ["one"]
[params]
limit = 2
[[example]]
name = "fires"
night = 2026-03-02
fires = ["u"]
[[example]]
name = "does not"
night = 2026-03-02
fires = []
*/
select user_id, list(event_id) as event_ids
from night_events group by user_id having count(*) > $limit
"""
STATEMENT_LINE = GOOD[: GOOD.index("select user_id")].count("\n") + 1


def read(tmp_path, text):
    path = tmp_path / "p.sql"
    path.write_text(text, encoding="utf-8")
    return read_policy(path, built_in=False)


def line_of(text, part):
    return text[: text.index(part)].count("\n") + 1


def test_reads_a_good_file(tmp_path):
    policy = read(tmp_path, GOOD)
    assert (policy.id, policy.version, policy.alert, dict(policy.parameters)) == ("p", 1, False, {"limit": 2})
    assert policy.reason_columns == ("patients",)
    assert policy.statement.split("\n")[STATEMENT_LINE - 1].startswith("select user_id")
    assert policy.explain("zh", {"patients": 3}) == "3 名"
    assert policy.explain("en", {"patients": None}) == "? patients"


def test_lists_read_as_their_language_writes_them(tmp_path):
    policy = read(tmp_path, GOOD)
    assert policy.explain("zh", {"patients": ["a", "b"]}) == "a、b 名"
    assert policy.explain("en", {"patients": ["a", "b"]}) == "a, b patients"


MISTAKES = {
    "no header": ("/*\nid", "--\nid", 1, "must begin with a block comment"),
    "not TOML": ('zh = "题"', 'zh = "题', 'zh = "题', "not valid TOML"),
    "other id": ('id = "p"', 'id = "q"', 'id = "q"', "must equal the file's name"),
    "unknown key": ("version = 1", "version = 1\nversoin = 2", "versoin", "did you mean 'version'?"),
    "no version": ("version = 1\n", "", 1, "'version' is missing"),
    "version a text": ("version = 1", 'version = "1"', "version", "whole number"),
    "version true": ("version = 1", "version = true", "version", "whole number"),
    "unknown pattern": ('"decoy-access"', '"decoy-acess"', "pattern", "did you mean 'decoy-access'?"),
    "unknown severity": ('severity = "low"', 'severity = "lo"', "severity", "did you mean 'low'?"),
    "unknown subject": ('subject = "account"', 'subject = "record"', "subject", "account"),
    "alert a text": ("alert = false", 'alert = "no"', "alert", "true or false"),
    "no language": ('[why]\nzh = "因"\nen = "why"\n', "[why]\n", "[why]", "write zh or en"),
    "no text": ('[why]\nzh = "因"\nen = "why"\n', "", 1, "'why' is missing; add a text, or a table"),
    "third language": ('zh = "因"\n', 'zh = "因"\nfr = "x"\n', "fr", "unknown key"),
    "empty text": ('en = "why"', 'en = " "', 'en = " "', "must not be empty"),
    "other placeholders": ('zh = "{patients} 名"', 'zh = "{records} 名"', "[reason]", "same columns"),
    "broken placeholder": ('zh = "{patients} 名"', 'zh = "{patients 名"', 'zh = "{', "format string"),
    "positional placeholder": ('zh = "{patients} 名"', 'zh = "{} 名"', 'zh = "{', "not the name of a column"),
    "steps differ": ('en = ["one"]', 'en = ["one", "two"]', "[check]", "same steps"),
    "no steps": ('en = ["one"]', "en = []", "en = []", "at least one step"),
    "parameter not used": ("limit = 2", "limit = 2\nother = 3", "other", "not used"),
    "reserved parameter": ("limit = 2", "limit = 2\nnight = 3", "night = 3", "choose another"),
    "parameter a date": ("limit = 2", "limit = 2026-01-01", "limit", "a number"),
    "parameter not declared": ("$limit", "$limmit", "from night_events", "not declared"),
    "example without fires": ("fires = []\n", "", 'name = "does not"', "'fires' is missing"),
    "example key": ("fires = []", "fires = []\nstaf = ''", "staf", "did you mean 'staff'?"),
    "example night": ("night = 2026-03-02\nfires = []", "night = '2026-03-02'\nfires = []", "night = '", "a date"),
    "no positive": ('fires = ["u"]', "fires = []", "[[example]]", "must fire"),
    "no innocent": ("fires = []", 'fires = ["u"]', "[[example]]", "innocent"),
    "two statements": ("> $limit\n", "> $limit;\nselect 1\n", "select user_id", "exactly one SELECT"),
    "no statement": (GOOD[GOOD.index("select user_id") :], "", None, "exactly one SELECT"),
    "a delete": (GOOD[GOOD.index("select user_id") :], "delete from staff where $limit = 2", "delete", "not DELETE"),
    "a table of the whole history": ("from night_events", "from events", "from events", "is no night table"),
    "no table": ("from night_events", "from night_evnts", "from night_evnts", "did you mean 'night_events'?"),
    "a file": ("from night_events", "from read_csv('x')", "select user_id", "read_csv() may not be used"),
    "SQL syntax": ("from night_events", "form night_events", "form night_events", "syntax error"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "place", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_names_its_place(tmp_path, old, new, place, message):
    assert old in GOOD
    text = GOOD.replace(old, new, 1) if old != "fires = []" or "staf" in new else GOOD.replace(old, new)
    with pytest.raises(PolicyError) as caught:
        read(tmp_path, text)
    said = str(caught.value)
    assert message in said
    assert "\n" not in said
    assert said.startswith(str(tmp_path / "p.sql"))
    if isinstance(place, str):
        wanted = line_of(text, place)
        assert caught.value.line is not None
        assert abs(caught.value.line - wanted) <= (2 if place == "[reason]" else 1), said
    elif place is not None:
        assert caught.value.line == place


TEXTS = GOOD[GOOD.index("[title]") : GOOD.index("[params]")]


def one_language(language):
    """Return the texts of the good policy in one language, as tables of one key."""
    return "".join(line for line in TEXTS.splitlines(keepends=True) if line[0] == "[" or line.startswith(language))


PLAIN = 'title = "title"\nreason = "{patients} patients"\nwhy = "why"\nmisses = "misses"\nfalse_causes = "false"\n'
PLAIN += 'check = ["one"]\n'


@pytest.mark.parametrize("texts", [one_language("en"), PLAIN], ids=["table", "plain"])
def test_a_site_may_write_one_language(tmp_path, texts):
    policy = read(tmp_path, GOOD.replace(TEXTS, texts))
    assert (policy.title["zh"], policy.why["zh"], policy.check["zh"]) == ("title", "why", ("one",))
    assert policy.title == {"zh": "title", "en": "title"}
    assert policy.reason_columns == ("patients",)
    assert policy.explain("zh", {"patients": ["a", "b"]}) == "a、b patients"
    other = read(tmp_path, GOOD.replace(TEXTS, one_language("zh")))
    assert (other.title["en"], other.check["en"], other.reason_columns) == ("题", ("一",), ("patients",))


@pytest.mark.parametrize("texts", [one_language("en"), one_language("zh"), PLAIN], ids=["en", "zh", "plain"])
def test_a_built_in_policy_needs_both_languages(tmp_path, texts):
    (tmp_path / "p.sql").write_text(GOOD.replace(TEXTS, texts), encoding="utf-8")
    with pytest.raises(PolicyError, match=r"is missing|must be a table with the texts zh and en"):
        read_policy(tmp_path / "p.sql", built_in=True)


@pytest.mark.parametrize("reason", ['reason = "{patients"\n', '[reason]\nen = "{patients"\n'])
def test_a_mistake_in_the_only_language_names_its_line(tmp_path, reason):
    text = GOOD.replace('[reason]\nzh = "{patients} 名"\nen = "{patients} patients"\n', "")
    key = "[title]" if reason[0] == "r" else "[why]"
    with pytest.raises(PolicyError, match="format string") as caught:
        read(tmp_path, text.replace(key, reason + key))
    assert caught.value.line == line_of(text.replace(key, reason + key), '"{patients"')


def test_errors_belong_to_the_tree_of_configuration_errors(tmp_path):
    with pytest.raises(ConfigError) as caught:
        read_policy(tmp_path / "absent.sql", built_in=False)
    assert caught.value.exit_code == 2
    (tmp_path / "p.sql").write_bytes(GOOD.encode("gb18030"))
    with pytest.raises(PolicyError, match="UTF-8"):
        read_policy(tmp_path / "p.sql", built_in=False)


def test_a_byte_order_mark_and_carriage_returns_are_no_mistake(tmp_path):
    (tmp_path / "p.sql").write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert read_policy(tmp_path / "p.sql", built_in=False).id == "p"
