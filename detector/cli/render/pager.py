"""Long text page by page on a terminal, at once anywhere else."""

from __future__ import annotations

import os
import pydoc
import sys


def page_out(text: str) -> None:
    """Write the text: through the pager that the user named (``PAGER``) or ``less`` on a terminal, else directly."""
    if sys.stdout.isatty() and sys.stdin.isatty():
        os.environ.setdefault("LESS", "-FRX")  # quit where one screen holds it, keep colour, leave the text behind
        pydoc.pager(text)
    else:
        sys.stdout.write(text)
