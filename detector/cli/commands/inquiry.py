"""``detector inquiry``: a draft that asks somebody to explain accesses; never sent."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from detector.cli.command import Command, Panel
from detector.cli.completion import finding_ids
from detector.cli.render.text import shown, wrap
from detector.cli.screens.inquiry_screen import cautions, letter
from detector.cli.session import session_of


class Addressee(StrEnum):
    """Whom the draft is for."""

    MANAGER = "manager"
    HOLDER = "holder"


def inquiry(
    context: typer.Context,
    finding: Annotated[
        str,
        typer.Argument(
            metavar="FINDING",
            help="The finding's id, or as much of it as is unambiguous.",
            autocompletion=finding_ids,
        ),
    ],
    to: Annotated[
        Addressee | None,
        typer.Option("--to", help="The account's manager, or its holder; default: by what it is about."),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write to a new file.")] = None,
) -> None:
    """Draft a request to explain the accesses of a finding, in neutral words and without any patient's data.

    It is never sent. Nobody is asked about whom a finding is not settled. A warning says where asking may be a tip-off,
    where others of the unit are under question, and where a word would give a decoy away.
    """
    from detector.files.for_people import check_place, hand_out
    from detector.findings.reading import read_finding
    from detector.review.inquiry import inquiry_about

    session = session_of(context)
    texts = session.texts
    if out is not None:
        check_place(out, new=True)
    with session.published() as published:
        detail = read_finding(published.connection, finding, session.language)
        asked = inquiry_about(
            published.connection, detail.finding, to_holder=None if to is None else to is Addressee.HOLDER
        )
        addressee = Addressee.HOLDER if asked.to_holder else Addressee.MANAGER
        told = {
            "finding": detail.finding["finding_id"],
            "to": addressee.value,
            "out": None if out is None else str(out),
        }
        session.record(published, "inquiry", told)
    lines = list(letter(asked, texts, session.settings.site.name))
    for caution in cautions(asked, texts):
        for line in wrap(shown(caution), session.width):
            sys.stderr.write(f"{line}\n")
    if out is None:
        session.say(lines)
        return
    hand_out(out, "".join(f"{line}\n" for line in lines).encode(), session.settings.store.group, new=True)
    session.say([shown(texts("inquiry.written", path=out))])


COMMAND = Command(
    inquiry,
    panel=Panel.REVIEW,
    order=55,
    examples=("detector inquiry 3f9a", "detector inquiry 3f9a --to holder --out inquiry.txt"),
)
