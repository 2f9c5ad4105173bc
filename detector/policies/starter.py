"""The file that a site's own policy begins with: a question that works, with a comment on every key."""

from __future__ import annotations

import re
import textwrap
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

from detector.detection.patterns import patterns
from detector.errors import StoreError, UsageError
from detector.files.atomic import create_once
from detector.files.permissions import make_folder
from detector.model.tables import POLICY_TABLES
from detector.policies.catalogue import SITE_FOLDER, built_in_policies
from detector.policies.table_texts import row_text

if TYPE_CHECKING:
    from detector.deployment.settings import Settings
    from detector.texts.language import Language

ID: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
WIDTH: Final = 110


def write_starter(settings: Settings, identity: str, language: Language) -> Path:
    """Write the starter of a policy into the deployment's folder of policies; return where it is.

    Raises UsageError where the id cannot be one or its file exists, StoreError where it cannot be written.
    """
    check_id(identity)
    folder = settings.folder / SITE_FOLDER
    path = folder / f"{identity}.sql"
    if not path.exists():
        if not folder.exists():
            make_folder(folder, settings.store.group)
            if settings.store.group is None:
                folder.chmod(0o700)
        try:
            written = create_once(path, starter(identity, language).encode(), settings.store.group)
        except OSError as error:
            raise StoreError(f"cannot write {path}: {error.strerror or error}") from None
        if written:
            return path
    raise UsageError(f"{path} exists, and is left as it is; choose another id, or edit the file")


def check_id(identity: str) -> None:
    """Raise UsageError unless a policy of the site may be called so."""
    if not ID.fullmatch(identity):
        raise UsageError(
            f"{identity!r} cannot be the id of a policy: it is the name of a file, of small letters, digits and"
            " hyphens, at most 64 of them, such as night-prints"
        )
    if identity in {policy.id for policy in built_in_policies()}:
        raise UsageError(
            f"{identity!r} is a built-in policy; choose another id, such as our-{identity}, or set its parameters in"
            f" [policies.{identity}] of detector.toml"
        )


def starter(identity: str, language: Language) -> str:
    """Return the text of the file."""
    text = resources.files(__package__ or "detector.policies").joinpath(f"starter.{language}.sql")
    known = textwrap.wrap(", ".join(sorted(patterns())), WIDTH, break_on_hyphens=False)
    read = (f"--     {table.name}: {row_text(table, language)}" for table in POLICY_TABLES)
    gaps = {"{id}": identity, "{patterns}": "\n".join(f"#     {line}" for line in known), "{tables}": "\n".join(read)}
    found = text.read_text(encoding="utf-8")
    for gap, value in gaps.items():
        found = found.replace(gap, value)
    return found
