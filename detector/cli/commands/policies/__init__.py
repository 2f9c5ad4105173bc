"""``detector policies``: what hospital IT needs to write a policy of its own, try it, and see what it can read."""

from __future__ import annotations

from detector.cli.command import Command, Panel
from detector.cli.commands.policies.new import NEW
from detector.cli.commands.policies.readable_tables import TABLES
from detector.cli.commands.policies.test import TEST


def policies() -> None:
    """Write a policy of your own, try it on its examples, see what it can read. `policies new` is the beginning."""


COMMAND = Command(
    policies,
    panel=Panel.SET_UP,
    order=40,
    examples=(
        "detector policies new night-prints",
        "detector policies test night-prints",
        "detector policies tables night_events",
    ),
    subcommands=(NEW, TEST, TABLES),
)
