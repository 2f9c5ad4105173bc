"""Accounts drawn at random: an unbiased check of the ranking, and nobody can feel unobserved."""

from __future__ import annotations

import datetime as dt
import hashlib

from detector.deployment.settings import Alerting


def drawn_accounts(active: list[str], date: dt.date, alerting: Alerting) -> set[str]:
    """Return the accounts drawn at random tonight: a seeded hash, so that every run draws the same ones.

    Over a week the chance of each active account is the random share of the budget.
    """
    chance = alerting.random_share * alerting.budget / 1000 / 7
    return {user for user in active if _fraction(f"{date}|{user}") < chance}


def _fraction(text: str) -> float:
    """Return a number from 0 to below 1 that depends on the text alone."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / 2**64
