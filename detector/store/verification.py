"""What `detector verify` checks: the store itself, its readers' copy, every part, and all of them against the trail.

The store is opened read-only under the night's lock, which is given back before the parts are read. Where a run holds
it, or rights are lacking, the readers' copy, the parts and the trail are checked, and what was not is named.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from detector.database.connection import RIGHT_SUMS, as_store_error
from detector.database.queries import rows
from detector.deployment.settings import Settings
from detector.errors import StoreBusy, StoreDamaged, StoreError
from detector.files.lock import FileLock
from detector.store.digests import Seal, date_faults, file_digest, finding_faults, policy_faults, unknown_parts
from detector.store.parts import create_views, quoted
from detector.store.published import PUBLISHED
from detector.store.schema import open_copy
from detector.store.seals import SealedEntry, breaks, is_newest, lost_parts, sealed_entries, state_of
from detector.texts import Texts, load_texts
from detector.trail import Entry, Trail

NAMED: Final = 3
"""So many things are named in a detail; the others are counted."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check; `detail` says what was counted, or what is wrong."""

    name: str
    passed: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Held:
    """A database that is being checked: the store or its readers' copy, and what the trail says of it."""

    path: Path
    folder: Path
    connection: duckdb.DuckDBPyConnection
    sealed: Sequence[SealedEntry]
    raised: Sequence[str]
    """Findings that the trail says were raised, in order."""
    texts: Texts


CheckResult = tuple[bool, str]
"""Whether something is wrong, and what."""

STORE: Final = "the store opens"
COPY: Final = "the published copy opens"
TRAIL_STATE: Final = "the store is as the last night left it"
COPY_STATE: Final = "the published copy is as a night left it"
NIGHTS: Final = "every night began with what one had left"
EVENT_PARTS: Final = "event parts are complete"
PATIENT_DAY_PARTS: Final = "patient-day parts are complete"
IDENTITIES: Final = "no event exists twice"


def verify_store(settings: Settings, texts: Texts | None = None) -> list[Check]:
    """Run all checks; raises StoreError where there is nothing that could be checked."""
    texts = texts or load_texts("en")
    path = settings.store.path
    published = path.parent / PUBLISHED
    entries = Trail.of(settings).entries()
    if not path.exists() and not published.exists() and not entries:
        raise StoreError(f"no run yet: {published} does not exist; `detector run` creates it")
    sealed = sealed_entries(entries)
    told = (sealed, raised_findings(entries))
    checks: list[Check] = []
    database, why_not = path, ""
    try:
        with _locked(path):
            checks += _checked(path, path.parent, told, texts, STORE, _STORE_CHECKS)
    except (StoreBusy, PermissionError) as error:
        database, why_not = published, str(error)
    of_copy = _STORE_CHECKS if database == published else _COPY_CHECKS
    if why_not:
        checks.append(Check(STORE, True, texts("verify.not_checked", problem=why_not)))
    if published.exists() or database == published or sealed:
        checks += _checked(published, path.parent, told, texts, COPY, of_copy)
    if not checks[0].passed:
        database = published
    checks += _checked(database, path.parent, told, texts, None, _PART_CHECKS)
    return [*checks, Check(NIGHTS, *_nights(sealed, texts))]


def raised_findings(entries: Iterable[Entry]) -> list[str]:
    """Return the findings that nights with a seal say they raised; none is ever withdrawn."""
    sealing = (entry.details for entry in entries if Seal.read(entry.details) is not None)
    return list(dict.fromkeys(str(one) for told in sealing for one in told.get("raised") or ()))


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the night's lock. Raises StoreBusy where a run has it, PermissionError where this account may not."""
    if not path.parent.is_dir():
        yield
        return
    lock = FileLock(path.parent / (path.stem + ".lock"))
    try:
        lock.acquire()
    except StoreBusy:
        raise
    except StoreError as error:
        raise PermissionError(str(error)) from None
    try:
        if path.exists():
            with path.open("rb"):
                pass
        yield
    finally:
        lock.release()


def _checked(
    path: Path,
    folder: Path,
    trail: tuple[Sequence[SealedEntry], Sequence[str]],
    texts: Texts,
    opening: str | None,
    checks: dict[str, Callable[[Held], CheckResult]],
) -> list[Check]:
    """Open a database and run checks on it; the first tells whether it opens, and alone does where it does not."""
    try:
        connection = open_whole(path)
        if opening is not None:
            read_all(connection, path)
    except StoreError as error:
        return [Check(opening, False, str(error))] if opening is not None else []
    found = [] if opening is None else [Check(opening, True, path.name)]
    held = Held(path, folder, connection, *trail, texts)
    try:
        for name, check in checks.items():
            try:
                wrong, detail = check(held)
            except duckdb.Error as error:
                wrong, detail = True, str(as_store_error(error, path) or error).splitlines()[0]
            except StoreError as error:
                wrong, detail = True, str(error)
            found.append(Check(name, not wrong, detail))
    finally:
        connection.close()
    return found


def open_whole(path: Path) -> duckdb.DuckDBPyConnection:
    """Open a database of the store read-only, with the tables of this version. Raises StoreError."""
    if not path.exists():
        raise StoreDamaged(f"{path} is missing")
    try:
        return open_copy(path)
    except (duckdb.Error, OSError) as error:
        readable = as_store_error(error, path)
        if readable is None:
            raise StoreDamaged(f"{path} is damaged: {str(error).splitlines()[0]}") from error
        raise readable from error


def read_all(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Read every row of a database. Raises StoreError where one cannot be; the connection is then closed."""
    try:
        for (table,) in connection.execute("select table_name from duckdb_tables() order by all").fetchall():
            connection.execute(f"select bit_xor(hash(one)) from {quoted_name(table)} as one").fetchall()
    except duckdb.Error as error:
        connection.close()
        raise as_store_error(error, path) or StoreDamaged(f"{path} is damaged: {error}") from error


def quoted_name(name: str) -> str:
    """Return the name of a table as SQL."""
    return '"' + name.replace('"', '""') + '"'


def _state(held: Held) -> CheckResult:
    """Compare the store's own digests with the seals of the trail."""
    seal, texts = Seal.of(held.connection), held.texts
    if not held.sealed:
        written = bool(held.connection.execute("select 1 from part_digests where sealed limit 1").fetchall())
        return written, texts("verify.state_lost" if written else "verify.state_unknown")
    number = state_of(seal, held.sealed)
    last = held.sealed[-1]
    if number is None:
        named = ", ".join(texts(f"verify.seal_{name}") for name in seal.differences(last.seal))
        return True, texts("verify.state_unlike", what=named, number=last.number, at=last.at)
    if not is_newest(number, held.sealed):
        return True, texts("verify.state_older", number=number, last=last.number, at=last.at)
    return False, texts("verify.state", number=number)


def _copy_state(held: Held) -> CheckResult:
    """Compare the readers' copy with the seals of the trail: it may be older, but not unlike any."""
    seal, texts = Seal.of(held.connection), held.texts
    number = state_of(seal, held.sealed) if held.sealed else 0
    if number is None:
        named = ", ".join(texts(f"verify.seal_{name}") for name in seal.differences(held.sealed[-1].seal))
        return True, texts("verify.state_unlike", what=named, number=held.sealed[-1].number, at=held.sealed[-1].at)
    if held.sealed and not is_newest(number, held.sealed):
        return True, texts("verify.copy_older", number=number, last=held.sealed[-1].number)
    return False, texts("verify.state", number=number) if held.sealed else texts("verify.state_unknown")


def _nights(sealed: Sequence[SealedEntry], texts: Texts) -> CheckResult:
    """Tell of nights that found another store than the ones before had left."""
    broken = breaks(sealed)
    if not broken:
        return True, texts("verify.nights", count=len(sealed))
    one = broken[0]
    if one.found:
        return False, texts("verify.night_found", number=one.number, at=one.at, findings=_named(one.found))
    return False, texts("verify.night_unlike", number=one.number, at=one.at)


def _findings(held: Held) -> CheckResult:
    """Compare every finding with the digest that its night noted."""
    texts = held.texts
    noted, stored = held.connection.execute(
        "select (select count(*) from finding_digests), (select count(*) from findings)"
    ).fetchall()[0]
    if not noted and not held.sealed:
        return False, texts("verify.findings_unknown", count=stored)
    faults = finding_faults(held.connection)
    stored_ids = {str(row[0]) for row in held.connection.execute("select finding_id from findings").fetchall()}
    untold = [one for one in held.raised if one not in stored_ids and one not in faults.missing]
    told = [
        texts(f"verify.findings_{kind}", findings=_named(names))
        for kind, names in (
            ("missing", (*faults.missing, *untold)),
            ("changed", faults.changed),
            ("added", faults.unknown),
        )
        if names
    ]
    return bool(told), "; ".join(told) or texts("verify.findings", count=stored)


def _dates(held: Held) -> CheckResult:
    """Compare the rows that nights keep by date with their digests."""
    noted = held.connection.execute("select count(*) from date_digests").fetchall()[0][0]
    if not noted and not held.sealed:
        return False, held.texts("verify.dates_unknown")
    faults = date_faults(held.connection)
    if faults:
        return True, held.texts("verify.dates_changed", dates=_named([str(date) for date in faults]))
    return False, held.texts("verify.dates", count=noted)


def _policies(held: Held) -> CheckResult:
    """Compare the kept texts of policies with what their nights noted: ``policy_days``, under the digest of its date.

    A text is kept under its own digest, which stands beside what fired, so that older stores are checked alike.
    """
    faults = policy_faults(held.connection)
    named = {"missing": faults.missing, "changed": faults.changed}
    told = [held.texts(f"verify.policies_{kind}", policies=_named(names)) for kind, names in named.items() if names]
    return bool(told), "; ".join(told) or held.texts("verify.policies", count=faults.kept)


def _parts(table: str) -> Callable[[Held], CheckResult]:
    def check(held: Held) -> CheckResult:
        """Read every part, and compare it with what was noted when it was written."""
        listed = held.connection.execute(
            "select path, rows, (select sha256 from part_digests where part_digests.path = parts.path),"
            " (select bytes from part_digests where part_digests.path = parts.path)"
            f" from {table} as parts order by path"
        ).fetchall()
        wrong = [
            told
            for path, rows, sha256, length in listed
            if (told := part_fault(held.folder, path, sha256, length, held.texts) or _other_rows(held, path, rows))
        ]
        if wrong:
            return True, _named(wrong)
        lost = lost_parts(held.connection, "patient_days" if table.startswith("patient") else "events")
        if lost:
            return True, held.texts("verify.parts_unlisted", parts=_named(lost))
        unknown = len(set(unknown_parts(held.connection)).intersection(one[0] for one in listed))
        key = "verify.parts_unknown" if unknown else "verify.parts"
        return False, held.texts(key, count=len(listed), rows=f"{sum(one[1] for one in listed):,}", unknown=unknown)

    return check


def part_fault(folder: Path, path: str, sha256: str | None, length: int | None, texts: Texts) -> str | None:
    """Say what is wrong with a part; None where it is as noted, or was not noted and can be read."""
    file = folder / path
    if not file.is_file():
        return texts("verify.part_missing", part=path)
    try:
        found = file_digest(file)
    except OSError as error:
        return texts("verify.part_unreadable", part=path, problem=error.strerror or error)
    if sha256 is None:
        return None if can_be_read(file) else texts("verify.part_damaged", part=path)
    return None if found == (sha256, length) else texts("verify.part_changed", part=path)


def _other_rows(held: Held, path: str, rows: int) -> str | None:
    """Say where a part that is as it was noted holds another number of rows than the list says."""
    file = quoted(str(held.folder / path))
    found = held.connection.execute(f"select num_rows from parquet_file_metadata({file})").fetchall()[0][0]
    return None if found == rows else held.texts("verify.part_rows", part=path, found=f"{found:,}", rows=f"{rows:,}")


def can_be_read(file: Path) -> bool:
    """Tell whether every column of a part can be read."""
    with duckdb.connect(config=RIGHT_SUMS) as connection:
        try:
            connection.execute(f"select bit_xor(hash(part)) from read_parquet({quoted(str(file))}) as part").fetchall()
        except duckdb.Error:
            return False
    return True


def _accounting(held: Held) -> CheckResult:
    wrong = held.connection.execute(
        "select path, rows_read, accepted, duplicates, quarantined from files"
        " where rows_read <> accepted + duplicates + quarantined order by file_id"
    ).fetchall()
    if wrong:
        path, read, accepted, duplicates, quarantined = wrong[0]
        return True, f"{path}: {read} <> {accepted} + {duplicates} + {quarantined}"
    files, read = held.connection.execute("select count(*), coalesce(sum(rows_read), 0) from files").fetchall()[0]
    return False, held.texts("verify.files", count=files, rows=f"{read:,}")


def _accepted(held: Held) -> CheckResult:
    files = rows(held.connection, "load", "accepted_and_stored.sql")
    for file in files:
        if file["accepted"] != file["stored"]:
            told = {"path": file["path"], "accepted": file["accepted"], "stored": file["stored"]}
            return True, held.texts("verify.accepted", **told)
    return False, held.texts("verify.events", count=f"{sum(file['accepted'] for file in files):,}")


def _quarantine(held: Held) -> CheckResult:
    files = rows(held.connection, "load", "quarantined_and_kept.sql")
    for file in files:
        if file["quarantined"] != file["kept"]:
            told = {"path": file["path"], "quarantined": file["quarantined"], "kept": file["kept"]}
            return True, held.texts("verify.quarantined", **told)
    return False, held.texts("verify.rows", count=sum(file["quarantined"] for file in files))


def _identities(held: Held) -> CheckResult:
    create_views(held.connection, held.folder)
    twice = held.connection.execute(
        "select event_id, count(*) from events group by event_id having count(*) > 1 order by event_id limit 1"
    ).fetchall()
    if twice:
        return True, held.texts("verify.twice", event=twice[0][0], count=twice[0][1])
    return False, held.texts("verify.once")


def _named(names: Sequence[str]) -> str:
    rest = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" … (+{rest})" if rest > 0 else "")


_STORE_CHECKS: dict[str, Callable[[Held], CheckResult]] = {
    TRAIL_STATE: _state,
    "findings are as noted": _findings,
    "night tables are as noted": _dates,
    "policies are as they fired": _policies,
    "rows read = accepted + duplicates + quarantined": _accounting,
    "accepted rows = stored events": _accepted,
    "quarantined rows are kept": _quarantine,
}
_COPY_CHECKS: dict[str, Callable[[Held], CheckResult]] = {
    COPY_STATE: _copy_state,
    "findings in the published copy are as noted": _findings,
    "night tables in the published copy are as noted": _dates,
    "policies in the published copy are as they fired": _policies,
}
_PART_CHECKS: dict[str, Callable[[Held], CheckResult]] = {
    EVENT_PARTS: _parts("event_parts"),
    PATIENT_DAY_PARTS: _parts("patient_day_parts"),
    IDENTITIES: _identities,
}
