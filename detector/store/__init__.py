"""What the detector keeps: events, ledger, context and findings, in one folder with one writer."""

from detector.store.store import Published, Store, open_published, open_store

__all__ = ["Published", "Store", "open_published", "open_store"]
