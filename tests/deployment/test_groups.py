"""``group.toml``: what it says, and that whatever is wrong in it is told with file, line and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.deployment.groups import group_file, load_group
from detector.deployment.settings import FILE_NAME, configured_language, load_settings
from detector.errors import ConfigError

WHOLE = """\
[group]
name = "Sample Health Group"
key_file = "keys/group.key"
accounts = "accounts.csv"
language = "en"
[engine]
name = "spark"
master = "yarn"
[engine.conf]
"spark.executor.memory" = "2g"
[alerting]
budget = 0.5
[[hospital]]
name = "East"
config = "east"
[[hospital]]
name = "West"
config = "/srv/west/detector.toml"
"""


def loaded(folder: Path, text: str) -> object:
    (folder / "group.toml").write_text(text, encoding="utf-8")
    return load_group(folder / "group.toml")


def test_all_keys_are_read_and_paths_are_the_file_s(tmp_path: Path) -> None:
    (tmp_path / "group.toml").write_text(WHOLE, encoding="utf-8")
    group = load_group(tmp_path / "group.toml")
    assert group.site.key_file == tmp_path / "keys/group.key"
    assert group.site.folder == tmp_path / "group-state"
    assert group.site.accounts == tmp_path / "accounts.csv"
    assert (group.engine.name, group.engine.master, dict(group.engine.conf)) == (
        "spark", "yarn", {"spark.executor.memory": "2g"},
    )  # fmt: skip
    assert group.alerting.budget == 0.5
    assert [(one.name, one.config) for one in group.hospitals] == [
        ("East", tmp_path / "east"), ("West", Path("/srv/west/detector.toml")),
    ]  # fmt: skip
    assert configured_language(tmp_path) == "en"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('key_file = "keys/group.key"', "", "group.toml:1: group: 'key_file' is required"),
        ("[group]", "[groop]", "group.toml:1: groop: unknown key; did you mean 'group'?"),
        ('master = "yarn"', 'mster = "yarn"', "group.toml:8: engine.mster: unknown key; did you mean 'master'?"),
        ('name = "spark"', 'name = "flink"', "group.toml:7: engine.name: must be one of local, spark, not 'flink'"),
        ('name = "spark"', 'name = "local"', 'group.toml:8: engine.master: is for name = "spark"'),
        ("budget = 0.5", "budget = 0", "group.toml:12: alerting.budget: must be more than 0, not 0"),
        ('name = "West"', 'name = "East"', "hospital[2].name: 'East' names an earlier hospital already"),
        ('"/srv/west/detector.toml"', '"east"', "hospital[2].config: 'East' is this deployment already"),
        ('config = "east"', "", "hospital[1]: 'config' is required"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in WHOLE
    with pytest.raises(ConfigError) as error:
        loaded(tmp_path, WHOLE.replace(old, new, 1))
    assert told in str(error.value)


def test_a_group_has_hospitals(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no \[\[hospital\]\]"):
        loaded(tmp_path, WHOLE[: WHOLE.index("[[hospital]]")])


def test_config_names_the_file_or_its_folder(tmp_path: Path) -> None:
    default = Path(FILE_NAME)
    assert group_file(default, default) == Path("group.toml")
    assert group_file(tmp_path, default) == tmp_path / "group.toml"
    assert group_file(tmp_path / "other.toml", default) == tmp_path / "other.toml"


def test_one_hospital_has_no_engine_but_its_machine(tmp_path: Path) -> None:
    text = '[site]\ntimezone = "Asia/Shanghai"\n[[source]]\nname = "his"\npath = "x"\n[engine]\nname = "{}"\n'
    path = tmp_path / "detector.toml"
    path.write_text(text.format("local"), encoding="utf-8")
    load_settings(path)
    path.write_text(text.format("spark"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"detector.toml:7: engine.name: one hospital is judged on one machine"):
        load_settings(path)
