"""``detector policies new``: the file that a policy of the site begins with."""

from __future__ import annotations

from typing import Annotated

import typer

from detector.cli.command import Command, Panel
from detector.cli.render.text import shown, wrap
from detector.cli.session import session_of


def new(
    context: typer.Context,
    identity: Annotated[str, typer.Argument(metavar="ID", help="Its name, such as night-prints.")],
) -> None:
    """Write a commented policy that works into the deployment's folder `policies`; never overwrites a file.

    Exit codes: 0 written; 2 the id cannot be one, or the file exists; 4 it cannot be written.
    """
    from detector.policies.starter import write_starter

    session = session_of(context)
    path = session.relative(str(write_starter(session.settings, identity, session.language)))
    for line in (
        session.texts("policies.written", path=path),
        session.texts("policies.written_next", policy=identity),
    ):
        session.say(wrap(shown(line), session.width))


NEW = Command(new, panel=Panel.SET_UP, examples=("detector policies new night-prints",))
