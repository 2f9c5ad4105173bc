"""What is kept at a release: a store that the version leaves, and the hashes of the schema steps that stores now have.

``python -m tests.store.release`` adds both to ``tests/data/stores`` for the version that is checked out, which must be
committed. The archive is named after the commit. Hashes of earlier releases stay as they are.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from detector.database.queries import sql_names, sql_text
from tests.store.archive import make

CHECKOUT = Path(__file__).parents[2]
DATA = CHECKOUT / "tests" / "data" / "stores"
STEPS = DATA / "schema_steps.sha256"


def archives() -> list[Path]:
    """Return the stores of earlier versions."""
    return sorted(DATA.glob("*.tar.xz"))


def present() -> dict[str, str]:
    """Return the hash of every step that this version has, by name."""
    return {name: hashlib.sha256(sql_text("schema", name).encode()).hexdigest() for name in sql_names("schema")}


def released() -> dict[str, str]:
    """Return the hash of every step that stores in the field have, by name."""
    return dict(reversed(line.split()) for line in STEPS.read_text(encoding="utf-8").splitlines())


def changes(locked: dict[str, str], found: dict[str, str]) -> list[str]:
    """Return one line for each step that breaks the lock, with what to do."""
    lines = []
    for name, digest in locked.items():
        if name not in found:
            lines.append(f"sql/schema/{name} was released and is gone: bring it back, and undo it in a step of its own")
        elif found[name] != digest:
            lines.append(
                f"sql/schema/{name} was released and is changed: stores that have it would not get the change. "
                "Bring it back as it was, and write the change as a step of its own, numbered after the last"
            )
    lines += [
        f"sql/schema/{name} comes before {max(locked)}, which was released: number it after that"
        for name in found
        if name not in locked and name < max(locked, default="")
    ]
    return lines


def lock_steps() -> list[str]:
    """Write the hashes of steps that are not locked yet; return their names.

    Raises SystemExit where a locked step is not what it was.
    """
    found, locked = present(), released()
    if broken := changes(locked, found):
        raise SystemExit("\n".join(broken))
    STEPS.write_text("".join(f"{digest}  {name}\n" for name, digest in sorted(found.items())), encoding="utf-8")
    return sorted(found.keys() - locked.keys())


def git(*arguments: str) -> str:
    """Return what git says of the checkout."""
    return subprocess.run(["git", *arguments], cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout.strip()


def main() -> None:
    """Keep a store of the version that is checked out, and lock its steps."""
    if changed := git("status", "--porcelain", "detector", "sql"):
        raise SystemExit(f"commit first: the store must be that of a version\n{changed}")
    archive = DATA / f"{git('rev-parse', '--short=7', 'HEAD')}.tar.xz"
    added = lock_steps()
    make(CHECKOUT, archive)
    sys.stdout.write(f"{archive.relative_to(CHECKOUT)}; new steps: {', '.join(added) or 'none'}\n")


if __name__ == "__main__":
    main()
