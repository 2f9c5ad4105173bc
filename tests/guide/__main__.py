"""``python -m tests.guide`` writes the reference tables of the guide anew, ``… excerpts`` the excerpts of output."""

from __future__ import annotations

import sys

from tests.guide import excerpts, reference

if __name__ == "__main__":
    if sys.argv[1:] == ["excerpts"]:
        excerpts.write()
    else:
        reference.write()
