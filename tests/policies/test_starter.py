"""The file that a site's own policy begins with works as it is, and says what may be changed."""

import stat

import pytest

from detector.cli.session import Session
from detector.errors import UsageError
from detector.model.policy_sentences import COUNTED
from detector.model.tables import CONTEXT, POLICY_TABLES
from detector.policies.examples import check_policies
from detector.policies.header import read_policy
from detector.policies.starter import check_id, starter, write_starter
from detector.policies.table_texts import column_text, row_text
from detector.texts.language import LANGUAGES

TOML = '[site]\ntimezone = "Asia/Shanghai"\n[[source]]\nname = "his"\npath = "logs/*.csv"\n'


@pytest.fixture
def settings(tmp_path):
    (tmp_path / "detector.toml").write_text(TOML, encoding="utf-8")
    return Session(config=tmp_path / "detector.toml").settings


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_starter_passes_its_own_examples(settings, language):
    path = write_starter(settings, "night-prints", language)
    assert path == settings.folder / "policies" / "night-prints.sql"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    policy = read_policy(path, built_in=False)
    assert check_policies([policy]) == []
    assert (policy.id, policy.version, policy.alert) == ("night-prints", 1, True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_starter_tells_of_every_key_table_and_figure(language):
    text = starter("x", language)
    keys = ("id", "version", "pattern", "severity", "alert", "subject", "title", "reason", "why", "misses",
            "false_causes", "check", "params", "example", "fires", "$night", "$timezone", "event_ids")  # fmt: skip
    assert [key for key in keys if key not in text] == []
    assert [table.name for table in POLICY_TABLES if f"--     {table.name}: " not in text] == []
    assert [figure for figure in COUNTED if f"{{{figure}}}" not in text] == []
    told = [table.name for table in CONTEXT if table.name not in {"user_ids", "patient_ids"}]
    assert [name for name in told if name not in text] == [], "events are canonical: no policy reads the crosswalk"
    assert max(map(len, text.splitlines())) <= 120


def test_a_file_is_never_overwritten(settings):
    path = write_starter(settings, "mine", "en")
    path.write_text("my work", encoding="utf-8")
    with pytest.raises(UsageError, match="exists, and is left as it is"):
        write_starter(settings, "mine", "en")
    assert path.read_text(encoding="utf-8") == "my work"
    assert [one.name for one in path.parent.iterdir()] == ["mine.sql"]


@pytest.mark.parametrize("identity", ["", "Night", "a b", "../x", "a/b", "x.sql", "-a", "a-", "夜间", "a" * 65, "a\n"])
def test_what_cannot_be_an_id_is_said(settings, identity):
    with pytest.raises(UsageError, match="small letters, digits and hyphens") as caught:
        write_starter(settings, identity, "en")
    assert caught.value.exit_code == 2
    assert not (settings.folder / "policies").exists()


def test_the_id_of_a_built_in_policy_is_taken():
    with pytest.raises(UsageError, match="built-in policy; choose another id, such as our-log-gap"):
        check_id("log-gap")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_table_and_column_has_a_text(language):
    for table in POLICY_TABLES:
        texts = [row_text(table, language), *(column_text(table, column, language) for column in table.columns)]
        assert all(texts)
        if language == "zh":
            assert all(any("\u4e00" <= character <= "\u9fff" for character in text) for text in texts), table.name
