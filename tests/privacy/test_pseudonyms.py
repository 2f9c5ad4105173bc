"""Keyed tokens: stable, apart by kind and key, and a key file that nobody else reads."""

from __future__ import annotations

import hashlib
import hmac
import stat
import threading
from base64 import b32encode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.deployment.settings import load_settings
from detector.errors import ConfigError, StoreError
from detector.privacy.pseudonyms import Pseudonyms, is_token, key_path, pseudonymiser, read_key

KEY = bytes(range(32))
HEAD = '[site]\ntimezone = "Asia/Shanghai"\n[[source]]\nname = "his"\npath = "his.csv"\n'


def test_a_token_is_the_published_function_of_number_and_key() -> None:
    mac = hmac.digest(KEY, b"detector:patient\x0000217754", hashlib.sha256)
    assert Pseudonyms(KEY)("00217754") == "P-" + b32encode(mac).decode()[:12].lower()


@given(st.text(), st.text())
def test_tokens_are_stable_and_differ_with_number_kind_and_key(one: str, other: str) -> None:
    tokens = Pseudonyms(KEY)
    assert is_token(tokens(one))
    assert tokens(one) == Pseudonyms(KEY)(one)
    assert (tokens(one) == tokens(other)) == (one == other)
    assert tokens(one, "visit")[2:] != tokens(one)[2:]
    assert Pseudonyms(bytes(32))(one) != tokens(one)


def test_numbers_are_replaced_in_sentences_as_whole_words() -> None:
    tokens = Pseudonyms(KEY)
    told = tokens.in_text("病案 123 由他人打开；1234 与 A123 不变，(123)。", ["123", ""])
    assert told == f"病案 {tokens('123')} 由他人打开；1234 与 A123 不变，({tokens('123')})。"
    assert tokens.in_text("nothing 123", []) == "nothing 123"


def test_the_key_is_made_once_and_is_private(tmp_path: Path) -> None:
    path = tmp_path / "p.key"
    key = read_key(path)
    assert len(key) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_key(path) == key
    assert [one.name for one in tmp_path.iterdir()] == ["p.key"]


def test_processes_that_begin_together_get_one_key(tmp_path: Path) -> None:
    keys: list[bytes] = []
    threads = [threading.Thread(target=lambda: keys.append(read_key(tmp_path / "p.key"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 8
    assert len(set(keys)) == 1


@pytest.mark.parametrize("content", ["", "abc", "00" * 31, "zz" * 32, "é" * 64])
def test_what_is_no_key_is_told_and_kept(tmp_path: Path, content: str) -> None:
    path = tmp_path / "p.key"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match="64 hexadecimal digits"):
        read_key(path)
    assert path.read_text(encoding="utf-8") == content


def test_a_missing_folder_is_a_matter_of_the_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not exist"):
        read_key(tmp_path / "nowhere" / "p.key")


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot use the key"):
        read_key(tmp_path)


def test_where_the_key_lies(tmp_path: Path) -> None:
    file = tmp_path / "detector.toml"
    file.write_text(HEAD, encoding="utf-8")
    settings = load_settings(file)
    assert key_path(settings) == tmp_path / "state" / "pseudonyms.key"
    assert not settings.privacy.pseudonymise
    file.write_text(HEAD + '[privacy]\nkey_file = "keys/p.key"\npseudonymise = true\n', encoding="utf-8")
    settings = load_settings(file)
    assert settings.privacy.pseudonymise
    (tmp_path / "keys").mkdir()
    assert pseudonymiser(settings)("1") == Pseudonyms(read_key(tmp_path / "keys" / "p.key"))("1")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("keyfile = 'x'", "privacy.keyfile: unknown key; did you mean 'key_file'?"),
        ("pseudonymise = 'yes'", "privacy.pseudonymise: must be true or false, not a text"),
    ],
)
def test_wrong_settings_name_line_and_key(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "detector.toml").write_text(f"{HEAD}[privacy]\n{text}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"detector\.toml:7: ") as caught:
        load_settings(tmp_path)
    assert message in str(caught.value)
