"""``detector case``: a decided finding as one anonymous page for training."""

from __future__ import annotations

import sys
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final

import typer

from detector.cli.command import Command, Panel
from detector.cli.completion import finding_ids
from detector.cli.render.text import shown, wrap
from detector.cli.session import session_of
from detector.errors import UsageError

PAGES: Final = ("html", "pdf")
"""Formats of a page to print."""


def case(
    context: typer.Context,
    finding: Annotated[
        str,
        typer.Argument(
            metavar="FINDING",
            help="The finding's id, or as much of it as is unambiguous.",
            autocompletion=finding_ids,
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="Where to write it: .html or .pdf.")],
) -> None:
    """Write a page for training from a finding that was decided, without anything that tells whom it was about.

    What happened, how it was seen, what could have explained it, what the law says: no names, numbers, units, dates or
    times, and bands in place of counts. Of a confirmed finding, or a justified one as an innocent look-alike. Refused
    where the unit has fewer than 5 accounts, where nobody else there has the role, and where no finding about anybody
    else looks like it.
    """
    from detector.files.for_people import check_place, hand_out
    from detector.findings.reading import read_finding
    from detector.policies.catalogue import built_in_policies
    from detector.reports.formats import formats
    from detector.reports.training_page import training_page
    from detector.review.training import training_case

    session = session_of(context)
    check_place(out)
    name = out.suffix.removeprefix(".").lower()
    if name not in PAGES:
        raise UsageError(f"--out {out.name}: the name must end in one of {', '.join(f'.{one}' for one in PAGES)}")
    with session.published() as published:
        detail = read_finding(published.connection, finding, session.language)
        told = training_case(published.connection, detail.finding)
        content = formats()[name].write(training_page(told, built_in_policies(), session.texts))
        identity = detail.finding["finding_id"]
        session.record(published, "case", {"finding": identity, "format": name, "sha256": sha256(content).hexdigest()})
    hand_out(out, content, session.settings.store.group)
    for line in wrap(shown(session.texts("case.written", path=out)), session.width):
        sys.stderr.write(f"{line}\n")


COMMAND = Command(
    case,
    panel=Panel.REVIEW,
    order=85,
    examples=("detector case 3f9a --out case.html", "detector case 3f9a --out case.pdf"),
)
