"""Chance, reproducibly: one independent random generator for every named part of the simulation."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from detector.simulator.vocabulary import Floats, Ints


@dataclass(frozen=True)
class Chance:
    """Random generators that depend on the seed and on their own name alone.

    A part that draws more numbers does not shift those of another part, so the normal work of a
    hospital stays the same whether or not attacks are planted into it.
    """

    seed: int

    def generator(self, name: str) -> np.random.Generator:
        """Return the generator of the part called `name`, always from its start."""
        return np.random.default_rng([self.seed, zlib.crc32(name.encode("utf-8"))])


def spread(counts: Ints) -> Ints:
    """Return each position repeated as often as its count says: [2, 0, 1] gives [0, 0, 2]."""
    return np.repeat(np.arange(len(counts), dtype=np.int64), counts)


def within(counts: Ints) -> Ints:
    """Return the running number inside each run of `spread`: [2, 0, 1] gives [0, 1, 0]."""
    ends = np.cumsum(counts)
    running = np.arange(int(ends[-1]) if len(ends) else 0, dtype=np.int64)
    return np.asarray(running - np.repeat(ends - counts, counts))


def mixed(*parts: Ints) -> Ints:
    """Return a stable pseudo-random whole number (0 … 2^31) for each tuple of whole numbers."""
    state = np.full(np.broadcast_shapes(*(np.shape(p) for p in parts)), 0x9E3779B9, dtype=np.uint64)
    for part in parts:
        state = (state ^ np.asarray(part).astype(np.uint64)) * np.uint64(0xBF58476D1CE4E5B9)
        state ^= state >> np.uint64(29)
    return ((state >> np.uint64(13)) & np.uint64(0x7FFFFFFF)).astype(np.int64)


def choose(rng: np.random.Generator, weights: Floats, size: int) -> Ints:
    """Return `size` positions drawn with the given weights."""
    shares = np.cumsum(np.asarray(weights, dtype=np.float64))
    return np.searchsorted(shares / shares[-1], rng.random(size), side="right").astype(np.int64)
