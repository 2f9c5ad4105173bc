"""``detector evidence``: one finding as a file for an investigation, a court or the police."""

from __future__ import annotations

import contextlib
import hashlib
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from detector.cli.command import Command, Panel
from detector.cli.completion import finding_ids
from detector.cli.session import Session, session_of
from detector.cli.view import REVEAL, Pseudonymise, Reveal, view_of
from detector.errors import MissingExtraError, UsageError

if TYPE_CHECKING:
    from detector.evidence.finding_history import Evidence
    from detector.evidence.pages import Act
    from detector.evidence.signature import Signer


def evidence(
    context: typer.Context,
    finding: Annotated[
        str,
        typer.Argument(metavar="FINDING", help="The finding's id, or a beginning of it.", autocompletion=finding_ids),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="The ZIP to write.")],
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], metavar="DATE", help="Events and decisions up to this day."),
    ] = None,
    affected: Annotated[
        bool, typer.Option("--affected", help="With the list of affected patients and what was exposed of them.")
    ] = False,
    pseudonymise: Pseudonymise = False,
    reveal: Reveal = None,
    sign: Annotated[
        Path | None, typer.Option("--sign", metavar="KEY", help="Sign with this PEM key (RSA or elliptic curve).")
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option("--certificate", metavar="FILE", help="Its certificate, if not in the same file.")
    ] = None,
) -> None:
    """Write everything that a third party needs to check a finding: events, reasons, method, decisions, hashes.

    sha256sum -c SHA256SUMS checks the files, openssl cms the signature. The same state gives the same bytes, custody
    page and signatures aside.
    """
    from detector.evidence.bundle import SUMS, packed, sums
    from detector.evidence.contents import Writer
    from detector.evidence.finding_history import read_evidence
    from detector.evidence.pages import Act
    from detector.files.for_people import check_place, hand_out
    from detector.reports.composition import trail_head
    from detector.reports.numbers import RecordNumbers

    session = session_of(context)
    settings = session.settings
    if certificate is not None and sign is None:
        raise UsageError("--certificate goes with --sign KEY")
    check_place(out)
    signer = None if sign is None else _signer(sign, certificate)
    day = None if as_of is None else as_of.date()
    with session.published() as published:
        view = view_of(session, published, pseudonymise=pseudonymise, reveal=reveal)
        given = {"--affected": affected, "--pseudonymise": view.hidden, "--sign": sign is not None}
        options = [name for name, on in given.items() if on]
        found = read_evidence(published, settings, finding, session.language, day)
        numbers = view.pseudonyms if view.hidden else RecordNumbers()
        writer = Writer(published.connection, found, settings, session.texts, numbers, view.hidden)
        files = writer.files(affected=affected)
        manifest = sums(files)
        officer = session.officer()
        act = Act(
            officer=officer.name,
            account=officer.account,
            made_at=datetime.now(UTC).astimezone(ZoneInfo(settings.site.timezone)),
            options=options,
            signer=None if signer is None else signer.name,
            sums_sha256=hashlib.sha256(manifest).hexdigest(),
            head=trail_head(session.trail),
        )
        whole = {SUMS: manifest}
        if signer is not None:
            whole[SUMS + signer.suffix] = signer.sign(manifest)
        for name, content in _custody(session, found, act).items():
            whole[name] = content
            if signer is not None:
                whole[name + signer.suffix] = signer.sign(content)
        content = packed(whole | files)
        if view.reason is not None:
            session.record(published, REVEAL, {"command": "evidence", "reason": view.reason}, officer=officer)
        session.record(
            published,
            "evidence",
            {
                "finding": found.finding["finding_id"],
                "as_of": found.as_of.isoformat(),
                "options": options,
                "sha256": hashlib.sha256(content).hexdigest(),
                "sums": act.sums_sha256,
            },
            officer=officer,
        )
    hand_out(out, content, settings.store.group)
    _say(session, found, act, out)


def _signer(key: Path, certificate: Path | None) -> Signer:
    try:
        from detector.evidence.signature import read_signer
    except ImportError as error:
        raise MissingExtraError("--sign", "sign", error) from None
    return read_signer(key, certificate)


def _custody(session: Session, found: Evidence, act: Act) -> dict[str, bytes]:
    """Return the custody page, on paper too where that can be made."""
    from detector.evidence.pages import custody_page
    from detector.reports.formats.pdf import printed
    from detector.reports.page import page

    html = page(custody_page(found, session.settings, session.texts, act))
    files = {"custody.html": html.encode()}
    with contextlib.suppress(MissingExtraError):  # the extra is not installed; the page is whole without it
        files["custody.pdf"] = printed(html)
    return files


def _say(session: Session, found: Evidence, act: Act, out: Path) -> None:
    from detector.cli.render.text import shown, wrap

    texts = session.texts
    facts = texts(
        "evidence.written",
        path=out,
        finding=found.finding["finding_id"],
        date=found.as_of,
        events=len(found.events),
        patients=sum(row["state"] != "explained" for row in found.affected),
    )
    for line in (facts, texts("evidence.written_sums", sums=act.sums_sha256)):
        sys.stderr.write("".join(f"{part}\n" for part in wrap(shown(line), session.width, "  ")))


COMMAND = Command(
    evidence,
    panel=Panel.REVIEW,
    order=80,
    examples=(
        "detector evidence 3f9a --out F3f9a.zip",
        "detector evidence 3f9a --affected --sign officer.pem --out F3f9a.zip",
        "detector evidence 3f9a --as-of 2026-07-10 --pseudonymise --out F3f9a.zip",
    ),
)
