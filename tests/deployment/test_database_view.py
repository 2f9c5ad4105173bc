"""The keys of a source that is a view of a database; its address is checked, and never quoted."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from detector.deployment.settings import Settings, load_settings
from detector.errors import ConfigError
from detector.loading.view_pull import pull_views

KEYS = {
    "format": "database",
    "url": "postgresql://audit@his-db:5432/his",
    "view": "audit.access_log",
    "watermark": "id",
    "password_file": "his.password",
}


def loaded(folder: Path, **keys: str | None) -> Settings:
    said = "\n".join(f'{key} = "{value}"' for key, value in (KEYS | keys).items() if value is not None)
    path = folder / "detector.toml"
    path.write_text(f'[site]\ntimezone = "Asia/Shanghai"\n[[source]]\nname = "his"\n{said}\n')
    return load_settings(path)


def test_a_view(tmp_path: Path) -> None:
    (source,) = loaded(tmp_path).sources
    assert (source.url, source.view, source.watermark) == (KEYS["url"], KEYS["view"], KEYS["watermark"])
    assert source.password_file == tmp_path / "his.password"
    assert source.path == f"{tmp_path}/state/spool/his/*.ndjson.gz"


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"format": None}, "source[1].url: belongs to a source of format"),
        ({"format": "csv"}, "source[1].url: belongs to a source of format"),
        ({"url": None}, "'url' is required"),
        ({"view": None}, "'view' is required"),
        ({"watermark": ""}, "source[1].watermark: must not be empty"),
        ({"path": "logs/*"}, "source[1].path: does not belong to a database"),
        ({"password_env": "P"}, "only one of password_env and password_file"),
        ({"url": "sqlite:///his.db"}, "must begin with one of postgresql://"),
        ({"url": "postgresql://audit:geheim@his-db/his"}, "holds a password"),
        ({"url": "postgresql://audit@his-db/his?password=geheim"}, "holds a password"),
        ({"url": "postgresql://audit:geheim@his-db:port/his"}, "is no address"),
        ({"url": "postgresql://audit:geheim@[his-db/his"}, "is no address"),
    ],
)
def test_what_is_wrong_with_it(keys: dict[str, str | None], message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, **keys)
    assert message in str(caught.value)
    assert "geheim" not in str(caught.value)


def test_without_the_extra_the_source_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    problem = pull_views(loaded(tmp_path))["his"]
    assert "pip install '.[db]'" in problem
