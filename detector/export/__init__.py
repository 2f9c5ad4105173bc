"""Findings out: what changed goes to SIEM and files, at least once, in order per target, without holding up a night.

::

    night's transaction ──► outbox ──► published copy ──► delivery ──► transport ──► receiver
                                                             │
                                                           ledger (what each target acknowledged)

==================  ==================================================================================
module              what it knows
==================  ==================================================================================
outbox              what changed: rows in the store, written in the transaction that changes the findings
notice              what is sent to a receiver, before it has a format; pseudonyms; shortening
format, formats/    one module a format: a table of fields
transport,          one module a kind of target; framing, TLS, deadlines are in ``syslog``, ``connection``
transports/
ledger              what each target acknowledged or refused, in a file of its own beside the store
targets             which targets there are: ``[[export]]`` and the command line's
delivery            brings a target up to date: batches, retries, limits
sigma/              rules for a SIEM, by family of behaviour, for the ``ecs`` format
==================  ==================================================================================
"""
