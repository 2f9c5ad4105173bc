"""``detector verify``: whether the store and its parts are as the nights left them, and the trail holds."""

from __future__ import annotations

import contextlib
from typing import Annotated, Any

import typer

from detector.cli.command import Command, Panel
from detector.cli.render.formats import RowFormat
from detector.cli.render.screen_table import ScreenColumn
from detector.cli.render.text import wrap
from detector.cli.session import Session, session_of
from detector.errors import CheckFailed, StoreError, UsageError
from detector.texts import Texts, load_texts

KEYS = ("check", "passed", "detail")
TRAIL = "the trail's chain holds"


def verify(
    context: typer.Context,
    head: Annotated[
        str | None,
        typer.Option(
            "--head",
            metavar="HASH",
            help="A head of the trail, as an export or report carries it; its first 16 digits suffice.",
        ),
    ] = None,
    row_format: Annotated[RowFormat, typer.Option("--format", "-f", help="How to write it.")] = RowFormat.TABLE,
) -> None:
    """Check the store, its parts and the trail against what each night wrote down.

    Opens the store itself, hashes every part, compares findings, night tables and the published copy with the
    trail, checks rows read = accepted + duplicates + quarantined, and that no entry of the trail was changed,
    removed, moved or put in. --head tells whether the trail still contains an earlier head, which finds even a
    store and a trail that were rolled back together.

    Exit 1 when a check fails, 4 when nothing can be read.
    """
    from detector.store import verify_store

    session = session_of(context)
    texts = session.texts
    _check_head(head)
    as_table = row_format is RowFormat.TABLE
    told_in = texts if as_table else load_texts("en")  # what programs read does not change with the language
    checks = [
        {"check": one.name, "passed": one.passed, "detail": one.detail}
        for one in verify_store(session.settings, told_in)
    ]
    checks += _trail_checks(session, head, told_in)
    wrong = [check for check in checks if not check["passed"]]
    for check in checks:
        check["result"] = texts("verify.passed" if check["passed"] else "verify.wrong")
    columns = [
        ScreenColumn("check", texts("verify.check"), fit="wrap"),
        ScreenColumn("result", texts("verify.result"), style=lambda row: () if row["passed"] else ("bold", "red")),
        ScreenColumn("detail", texts("verify.detail"), fit="wrap"),
    ]
    if as_table:
        told = [check | {key: texts.message(str(check[key])) for key in ("check", "detail")} for check in checks]
        session.list_rows(told, KEYS, columns, row_format)
        session.say(["", *(_advice(session, wrong) if wrong else [texts("verify.ok", count=len(checks))])])
    else:
        session.list_rows([{key: check[key] for key in KEYS} for check in checks], KEYS, (), row_format)
    if wrong:
        raise CheckFailed(texts("verify.failed", count=len(wrong), total=len(checks)))


def _advice(session: Session, wrong: list[dict[str, Any]]) -> list[str]:
    """Say which commands still work, and what can be rebuilt."""
    from detector.store import verification

    names = {one["check"] for one in wrong}
    texts = session.texts
    keys = []
    if verification.STORE in names:
        keys.append("advice_store_and_copy" if verification.COPY in names else "advice_store")
    elif names & {verification.COPY, verification.COPY_STATE}:
        keys.append("advice_copy")
    if names & {verification.EVENT_PARTS, verification.PATIENT_DAY_PARTS}:
        keys.append("advice_parts")
    if names - {verification.STORE, verification.COPY, verification.COPY_STATE, verification.EVENT_PARTS,
                verification.PATIENT_DAY_PARTS, verification.IDENTITIES}:  # fmt: skip
        keys.append("advice_changed")
    return [line for key in keys for line in wrap(texts(f"verify.{key}"), session.width)]


def _check_head(head: str | None) -> None:
    from detector.trail.chain import HEAD_CHARACTERS, plain_head

    if head is not None and plain_head(head) is None:
        raise UsageError(f"--head needs {HEAD_CHARACTERS} to 64 hexadecimal digits, as a report prints them")


def _noted(session: Session) -> dict[int, str]:
    """Return the hash of every entry that the store, or else its copy, knows, and of those whose head was sent out."""
    import duckdb

    from detector.export.ledger import sent_heads
    from detector.store.decision_tables import recorded_hashes
    from detector.store.published import PUBLISHED
    from detector.store.verification import open_whole

    path = session.settings.store.path
    for database in (path, path.parent / PUBLISHED):
        with contextlib.suppress(StoreError, duckdb.Error), contextlib.closing(open_whole(database)) as connection:
            return recorded_hashes(connection) | sent_heads(session.settings)
    return sent_heads(session.settings)


def _trail_checks(session: Session, head: str | None, texts: Texts) -> list[dict[str, Any]]:
    """Return one passed check, or one failed check for each thing that is wrong."""
    from detector.trail.chain import entry_of_head

    entries, faults = session.trail.check(noted=_noted(session), known=head)
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
    proven = entry_of_head(entries, head) if head is not None else None
    if proven is not None:
        detail += " " + texts("verify.trail_proven", number=proven.number, at=proven.at)
    return [{"check": TRAIL, "passed": True, "detail": detail}]


COMMAND = Command(
    verify, panel=Panel.DATA, order=30, examples=("detector verify", "detector verify --head 4f1c09d2a7b3e856")
)
