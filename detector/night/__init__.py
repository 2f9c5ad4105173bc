"""The nightly job: which dates are due, one night after the other, what it tells of itself; and repair."""
