"""The small hospital of the review's tests, and the command line within this process."""

from __future__ import annotations

from tests.review.conftest import call, judged, site

__all__ = ["call", "judged", "site"]
