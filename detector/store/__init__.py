"""What the detector keeps: events, ledger, context and findings, in one folder with one writer."""

from detector.store.published import Published, open_published
from detector.store.store import Store, open_store
from detector.store.verification import Check, verify_store

__all__ = ["Check", "Published", "Store", "open_published", "open_store", "verify_store"]
