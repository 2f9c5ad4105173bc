"""The trail: what officers looked at and decided, and what every nightly run did, in one file that tells tampering.

``trail.jsonl`` beside the store is append-only: one JSON object a line, each with the SHA-256 of the one before it, so
that no entry can be changed, removed, moved or put in between without breaking the chain (a linear hash chain as in
Schneier and Kelsey, "Secure Audit Logs", 1999). Three things pin its end: ``trail.head`` beside it (last number and
hash, renewed with every entry), the store (number and hash of every entry, noted each night), and the heads that left
the house with exports and reports, which hold even where all files were rolled back together.

- ``chain``: what an entry is, and whether a chain holds.
- ``file``: appends under a lock, durable before it returns; notes torn lines and missing ends instead of mending them.
- ``officers``: who acts, and whom the act may not be about.
- ``decisions``: decisions as entries, from when they count, and by what their finding is known again.
"""

from detector.trail.chain import GENESIS, Entry, Fault, Head, check_chain
from detector.trail.decisions import DISPOSITIONS, Decision, decisions_of
from detector.trail.officers import Officer, officer_of
from detector.trail.trail_file import FILE_NAME, Trail

__all__ = [
    "DISPOSITIONS",
    "FILE_NAME",
    "GENESIS",
    "Decision",
    "Entry",
    "Fault",
    "Head",
    "Officer",
    "Trail",
    "check_chain",
    "decisions_of",
    "officer_of",
]
