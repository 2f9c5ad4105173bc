"""``detector group``: several deployments as one, on one machine or on Spark."""

from __future__ import annotations

from detector.cli.command import Command, Panel
from detector.cli.commands.group.findings_of_group import FINDINGS
from detector.cli.commands.group.run_hospitals import RUN
from detector.cli.commands.group.status_of_hospitals import STATUS


def group() -> None:
    """Run several deployments as one, list what they found, and what only all of them together show.

    group.toml names them; --config names it or its folder.
    """


COMMAND = Command(
    group,
    panel=Panel.NIGHT,
    order=30,
    examples=("detector group run", "detector --config /srv/group group findings --alerts"),
    subcommands=(RUN, STATUS, FINDINGS),
)
