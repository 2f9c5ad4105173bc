"""How sure a share counted on few cases is: Wilson's interval (JASA 22, 1927), which holds near 0 and 1 as well."""

from __future__ import annotations

import math
from typing import Final

Z95: Final = 1.959964


def wilson(count: int, of: int) -> tuple[float, float]:
    """Return the 95 % interval of the share ``count`` of ``of``; nothing is known of none."""
    if not of:
        return 0.0, 1.0
    share = count / of
    centre = share + Z95**2 / (2 * of)
    spread = Z95 * math.sqrt(share * (1 - share) / of + Z95**2 / (4 * of**2))
    whole = 1 + Z95**2 / of
    return max(0.0, (centre - spread) / whole), min(1.0, (centre + spread) / whole)
