"""What the detector keeps: events, ledger, context and findings, in one folder with one writer."""

from detector.store.store import Published, Store, open_published, open_store
from detector.store.verification import Check, verify_store

__all__ = ["Check", "Published", "Store", "open_published", "open_store", "verify_store"]
