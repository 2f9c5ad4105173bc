"""The drill: synthetic episodes hidden in a copy of the site's own history, to see which of them detection catches.

::

    published copy ──► scratch copy, rewound ──► planted events ──► the real nights ──► alerts ──► power

- ``declaration``: what a planter is; ``planters/``: the table of them, one module a family.
- ``ground``: what the site's own log and tables offer: accounts, patients, hours, columns that its systems fill.
- ``who``, ``whom``, ``when``, ``pages``: the parts that a planter is put together from.
- ``planting``, ``dialect``: one episode as events in the account's own dialect.
- ``scratch``: the copy; ``campaign``: which episodes go into which copy; ``judging``: the nights over the copies.
- ``power``: the share caught with its interval, and the smallest intensity caught nine times in ten.

The planters know the log and the context tables, and nothing of detection's features. The evaluation in the tests
plants with the same ones.
"""
