"""Long text page by page on a terminal, at once anywhere else."""

from __future__ import annotations

import os
import pydoc
import sys
from collections.abc import Sequence


def page_out(lines: Sequence[str]) -> None:
    """Write the lines: through the pager that the user named (``PAGER``) or ``less`` on a terminal, else directly."""
    text = "".join(f"{line}\n" for line in lines)
    if sys.stdout.isatty() and sys.stdin.isatty():
        os.environ.setdefault("LESS", "-FRX")  # quit where one screen holds it, keep colour, leave the text behind
        pydoc.pager(text)
    else:
        sys.stdout.write(text)
