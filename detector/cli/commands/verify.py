"""``detector verify``: whether the store, its parts and its accounting agree, and whether the trail holds."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from detector.cli.command import Command, Panel
from detector.cli.render.formats import RowFormat
from detector.cli.render.screen_table import ScreenColumn
from detector.cli.session import Session, session_of
from detector.errors import StoreDamaged, UsageError

KEYS = ("check", "passed", "detail")
TRAIL = "the trail's chain holds"


def verify(
    context: typer.Context,
    anchor: Annotated[
        str | None,
        typer.Option(
            "--anchor",
            metavar="HASH",
            help="The trail's last hash as a report printed it; its first 16 digits suffice.",
        ),
    ] = None,
    row_format: Annotated[RowFormat, typer.Option("--format", "-f", help="How to write it.")] = RowFormat.TABLE,
) -> None:
    """Check the store and the trail of what officers did.

    Every part is there and whole, rows read = accepted + duplicates + quarantined, and no entry of the trail was
    changed, removed, moved or put in. --anchor proves it even where store and trail were rolled back together.
    Exit 4 when something is wrong.
    """
    from detector.store import verify_store

    session = session_of(context)
    texts = session.texts
    _check_anchor(anchor)
    checks = [{"check": one.name, "passed": one.passed, "detail": one.detail} for one in verify_store(session.settings)]
    checks += _trail_checks(session, anchor)
    wrong = [check for check in checks if not check["passed"]]
    for check in checks:
        check["result"] = texts("verify.passed" if check["passed"] else "verify.wrong")
    columns = [
        ScreenColumn("check", texts("verify.check"), fit="wrap"),
        ScreenColumn("result", texts("verify.result"), style=lambda row: () if row["passed"] else ("bold", "red")),
        ScreenColumn("detail", texts("verify.detail"), fit="wrap"),
    ]
    rows = checks if row_format is RowFormat.TABLE else [{key: check[key] for key in KEYS} for check in checks]
    session.list_rows(rows, KEYS, columns, row_format)
    if row_format is RowFormat.TABLE and not wrong:
        session.say(["", texts("verify.ok", count=len(checks))])
    if wrong:
        raise StoreDamaged(texts("verify.failed", count=len(wrong), total=len(checks)))


def _check_anchor(anchor: str | None) -> None:
    from detector.trail.chain import ANCHOR_CHARACTERS, plain_anchor

    if anchor is not None and plain_anchor(anchor) is None:
        raise UsageError(f"--anchor needs {ANCHOR_CHARACTERS} to 64 hexadecimal digits, as a report prints them")


def _trail_checks(session: Session, anchor: str | None) -> list[dict[str, Any]]:
    """Return one passed check, or one failed check for each thing that is wrong."""
    from detector.store.decision_tables import recorded_hashes
    from detector.trail.chain import anchored

    texts = session.texts
    with session.published() as published:
        noted = recorded_hashes(published.connection)
    entries, faults = session.trail.check(noted=noted, anchor=anchor)
    if faults:
        return [
            {
                "check": TRAIL,
                "passed": False,
                "detail": texts(
                    f"verify.trail_{fault.kind}",
                    entries=str(fault.first) if fault.first == fault.last else f"{fault.first}-{fault.last}",
                    at=fault.at or "-",
                ),
            }
            for fault in faults
        ]
    if not entries:
        return [{"check": TRAIL, "passed": True, "detail": texts("verify.trail_empty")}]
    detail = texts("verify.trail_intact", count=len(entries), hash=entries[-1].hash)
    proven = anchored(entries, anchor) if anchor is not None else None
    if proven is not None:
        detail += " " + texts("verify.trail_proven", number=proven.number, at=proven.at)
    return [{"check": TRAIL, "passed": True, "detail": detail}]


COMMAND = Command(
    verify, panel=Panel.DATA, order=30, examples=("detector verify", "detector verify --anchor 4f1c09d2a7b3e856")
)
