"""The drill: synthetic episodes hidden in a copy of the site's own history, to see which of them detection catches.

::

    published copy ──► scratch copy, rewound ──► planted events ──► the real nights ──► alerts ──► power

- ``site_profile``: accounts, patients, hours of the site, and the columns that its systems fill.
- ``actors``, ``patient_targets``, ``schedules``, ``access_templates``: the parts that a planter is put together from.
- ``planter``: what a planter is; ``planters/``: the table of them, one module a family.
- ``stage``, ``order``, ``planting``, ``row_writer``: one episode as events in the account's own dialect.
- ``scratch``: the copy; ``campaign``: which episodes go into which copy; ``replay``: the nights over the copies.
- ``power``: the share caught with its interval, and the smallest intensity caught nine times in ten.

The planters read the log and the context tables, and nothing of detection's features. The evaluation in the tests
plants with the same ones.
"""
