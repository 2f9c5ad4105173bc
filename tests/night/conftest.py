"""The entries that nights leave in the trail are read on the small site of the review."""

from tests.review.conftest import call, found, judged, site

__all__ = ["call", "found", "judged", "site"]
