"""The walk of a first policy is done on the small site of the review."""

from tests.review.conftest import call, found, judged, site

__all__ = ["call", "found", "judged", "site"]
