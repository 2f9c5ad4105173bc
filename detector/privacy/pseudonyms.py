"""Keyed pseudonyms: the same number always gets the same token, and nobody without the key finds the way back.

A token is an HMAC-SHA-256 (RFC 2104) of the number under the deployment's key, cut to 60 bits and written in 12
characters of base 32 that can be typed by hand. Record numbers are few and short, so a hash without a key could be
undone by trying them all; with it, as GB/T 37964 and ISO 25237 ask, only the key's holder can tell whom a token means.
Two kinds of number never share a token. Views, reports, evidence and SIEM export use the same key, so that what the
SIEM shows can be found again by ``detector patient TOKEN``.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from detector.deployment.settings import Settings
from detector.errors import ConfigError, StoreError
from detector.files.atomic import create_once

FILE_NAME: Final = "pseudonyms.key"
KEY_BYTES: Final = 32
TOKEN_CHARACTERS: Final = 12
PREFIXES: Final = {"patient": "P-", "visit": "V-", "account": "U-", "address": "N-"}
"""What a token begins with, by the kind of number it stands for."""
TOKEN: Final = re.compile(f"(?:{'|'.join(PREFIXES.values())})[a-z2-7]{{{TOKEN_CHARACTERS}}}")


class Pseudonyms:
    """Tokens under one key. ``Pseudonyms(key)("00217754")`` gives the token of a record number."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def __call__(self, number: str, kind: str = "patient") -> str:
        """Return the token of a number; ``kind`` is a key of :data:`PREFIXES`."""
        prefix = PREFIXES[kind]
        mac = hmac.new(self._key, f"detector:{kind}\0{number}".encode("utf-8", "surrogatepass"), hashlib.sha256)
        return prefix + base64.b32encode(mac.digest()).decode("ascii")[:TOKEN_CHARACTERS].lower()

    def in_text(self, text: str, numbers: Iterable[str]) -> str:
        """Return a sentence with these record numbers replaced wherever they stand as a word of their own."""
        known = sorted({number for number in numbers if number}, key=len, reverse=True)
        if not known:
            return text
        pattern = re.compile(rf"(?<![0-9A-Za-z])(?:{'|'.join(map(re.escape, known))})(?![0-9A-Za-z])")
        return pattern.sub(lambda match: self(match.group()), text)


def pseudonymiser(settings: Settings) -> Pseudonyms:
    """Return the tokens of a deployment; its key is made at first use.

    Raises ConfigError where the key file is no key or its folder is missing, StoreError where it cannot be used.
    """
    return Pseudonyms(read_key(key_path(settings), settings.store.group))


def key_path(settings: Settings) -> Path:
    """Return where the key lies: ``[privacy].key_file``, or beside the store."""
    return settings.privacy.key_file or settings.store.path.parent / FILE_NAME


def is_token(text: str) -> bool:
    """Tell whether a text has the form of a token."""
    return TOKEN.fullmatch(text) is not None


def read_key(path: Path, group: str | None = None) -> bytes:
    """Return the key of a file of hexadecimal digits, making it where it is missing: 0600, or 0640 for ``group``."""
    try:
        if not path.exists():
            create_once(path, (secrets.token_hex(KEY_BYTES) + "\n").encode("ascii"), group)
        text = path.read_text(encoding="ascii").strip()
        key = bytes.fromhex(text)
    except FileNotFoundError:
        raise ConfigError(f"the folder of the key of pseudonyms does not exist: {path.parent}", key="privacy") from None
    except OSError as error:
        raise StoreError(f"cannot use the key of pseudonyms {path}: {error.strerror}") from error
    except ValueError:
        key = b""
    if len(key) < KEY_BYTES:
        raise ConfigError(
            f"is no key of pseudonyms: {2 * KEY_BYTES} hexadecimal digits are expected; restore it from a backup, or"
            " move it away, which makes a new one and changes every token",
            file=path,
        )
    return key
