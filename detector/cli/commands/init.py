"""``detector init``: a commented ``detector.toml`` to start from."""

from __future__ import annotations

import glob
import os
import re
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detector.cli.command import Command, Panel
from detector.cli.render.text import shown
from detector.cli.session import session_of
from detector.deployment.settings import FILE_NAME
from detector.errors import InputError, UsageError
from detector.files.path_text import path_text
from detector.files.regular_file import regular_status

if TYPE_CHECKING:
    from detector.sources.proposal import SourceProposal

TEMPLATE = """\
# Deployment of the access-audit detector. Paths are relative to this file.
# Only [site].timezone and one [[source]] are required; `detector check` says whether all is right.

[site]
name = {name}
timezone = {timezone}            # log timestamps without an offset are local to this zone
language = {language}                       # reports and texts: "zh" or "en"
# calendar = "CN"                     # public holidays; default: the country of the time zone
# internal_networks = ["10.0.0.0/8", "192.168.0.0/16"]   # default: the private ranges
# sensitive_departments = ["OB", "NEO", "PSY"]           # departments or record categories that weigh more
# vip_patients = "context/vip.csv"                       # one column patient_id
# decoy_patients = "context/decoys.csv"                  # planted records nobody has a reason to open

[store]
path = "state/detector.duckdb"        # created on the first run; all else the detector keeps lies in its folder
# group = "audit"                     # this group may read the published copy; default: only the owner
# quarantine_limit = 0.01             # share of rows not understood above which `run` exits 1

{sources}
# [[outage]]                          # planned silence of a source's log: no alert for missing rows
# source = "his"
# start = "2026-06-14 22:00"
# end = "2026-06-15 04:00"            # leave it out while the outage lasts
# reason = "upgrade"

# [context]                           # all optional; each table makes detection sharper
# staff = "context/staff.csv"
# patients = "context/patients.csv"
# encounters = "context/encounters.csv"
# care_team = "context/care_team.csv"
# roster = "context/roster.csv"
# approvals = "context/approvals.csv"

# [detection]                         # what only the hospital knows; these and more have defaults
# office_words = ["质控", "病案", "coding"]   # in names of departments that work on all patients' records
# night_from = 22                     # hours of the night
# night_to = 6
# care_team_days_before = 1           # bookings come late
# care_team_days_after = 3            # letters are written after
# roster_minutes_before = 60          # around shifts
# roster_minutes_after = 90
# policy_seconds = 60                 # a policy of the site that takes longer is a warning

[alerting]
budget = 2.0                          # innocent alerts per 1,000 active accounts and week
learning_days = 14                    # no model-based alert before this much history
# random_share = 0.0                  # share of the budget spent on accounts drawn at random
# stale_hours = 30                    # `status` exits 1 when the last good night is older

# [officers]                          # system account = user_id
# "liu" = "01077"
"""
EXAMPLE_SOURCE = """\
[[source]]                            # one for each system's log
name = "his"
format = "csv"
path = "logs/his-*.csv"               # glob; .gz is read as well
# daily = true                        # each file holds one whole day: it is judged in the night that brings it
# encoding = "gb18030"                # csv only; default: detected
# until = 2026-12-31                  # last day of a retired system: nothing is expected afterwards
# [source.columns]                    # only where the header is neither canonical nor a known alias
# user_id = "工号"
# [source.values.action]              # only where values are neither canonical nor a known alias
# "病历浏览" = "view"
"""


def init(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The deployment's folder; created if needed.")] = Path(),
    log: Annotated[
        list[Path] | None,
        typer.Option("--from", metavar="FILE", help="A log file to propose format, columns and values from."),
    ] = None,
    timezone: Annotated[
        str | None, typer.Option("--timezone", metavar="ZONE", help="The site's time zone; default: this machine's.")
    ] = None,
) -> None:
    """Write a commented detector.toml. An existing one is never overwritten."""
    session = session_of(context)
    target = folder / FILE_NAME
    if target.exists():
        raise UsageError(f"{target} exists already; nothing was changed")
    zone = timezone or _machine_zone()
    sources = _proposed(log, folder) if log else EXAMPLE_SOURCE
    text = TEMPLATE.format(
        name=toml_text(folder.absolute().name or "hospital"),
        timezone=toml_text(zone),
        language=toml_text(session.lang or "zh"),
        sources=sources,
    )
    folder.mkdir(parents=True, exist_ok=True)
    with target.open("x", encoding="utf-8") as stream:
        stream.write(text)
    session.say([f"{target} written. Next: edit it, then `detector --config {target} check`."])


def toml_text(text: str) -> str:
    """Return a text as a TOML string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda match: f"\\u{ord(match.group()):04x}", escaped) + '"'


def source_toml(name: str, proposal: SourceProposal, path: str, *, daily: bool = False) -> str:
    """Return one ``[[source]]`` as text; what a person must decide stands in comments."""
    lines = ["[[source]]", f"name = {toml_text(name)}", f"format = {toml_text(proposal.format)}"]
    lines.append(f"path = {toml_text(path)}")
    lines += ["daily = true  # each file holds one date: its day is over with it"] if daily else []
    lines += [f"encoding = {toml_text(proposal.encoding)}"] if proposal.encoding else []
    if proposal.delimiter is not None and proposal.delimiter != ",":
        lines.append(f"delimiter = {toml_text(proposal.delimiter)}")
    lines += [f"# {shown(note)}" for note in proposal.notes]
    if proposal.columns:
        lines.append("[source.columns]")
        lines += [f"{column} = {toml_text(header)}" for column, header in proposal.columns.items()]
    for column, values in proposal.values.items():
        lines.append(f"[source.values.{column}]")
        lines += [f"{toml_text(raw)} = {toml_text(canonical)}" for raw, canonical in values.items()]
    return "\n".join(lines) + "\n"


def _proposed(logs: list[Path], folder: Path) -> str:
    """Return one source for each log that the pattern of an earlier one does not cover already."""
    from detector.sources import propose_source
    from detector.sources.log_format import ReadOptions
    from detector.sources.whole_days import bring_whole_days

    texts: dict[str, str] = {}
    patterns: list[str] = []
    for log in logs:
        try:
            regular_status(log)
        except OSError as error:
            raise InputError(f"{path_text(log)} cannot be read: {error.strerror or error}") from error
        if any(fnmatch(str(log.absolute()), pattern) for pattern in patterns):
            continue
        proposal = propose_source(log)
        names = [proposal.name, *(f"{proposal.name}-{number}" for number in range(2, len(logs) + 2))]
        name = next(name for name in names if name not in texts)
        # A date in the file's name varies from file to file; what a glob would misread stays as it is.
        file_name = log.name if glob.has_magic(log.name) else re.sub(r"\d{4,}([-_]?\d\d)*", "*", log.name)
        pattern = log.absolute().parent / file_name
        patterns.append(str(pattern))
        inside = pattern.is_relative_to(folder.absolute())
        told = str(pattern.relative_to(folder.absolute()) if inside else pattern)
        told = re.sub("[\udc80-\udcff]", "?", told)  # bytes of a name that are no UTF-8: the file of settings is
        files = [Path(path) for path in sorted(glob.glob(str(pattern)))]  # noqa: PTH207 - an absolute glob
        texts[name] = source_toml(
            name,
            proposal,
            told,
            daily=bring_whole_days(
                files, proposal.format, ReadOptions(proposal.encoding, proposal.delimiter), proposal.columns
            ),
        )
    return "\n".join(texts.values())


def _machine_zone() -> str:
    """Return this machine's zone where it has a name, else China's."""
    name = os.environ.get("TZ", "").lstrip(":")
    if "/" in name:
        return name
    link = Path("/etc/localtime")
    if link.is_symlink():
        zone = str(link.readlink()).partition("zoneinfo/")[2]
        if "/" in zone and not zone.startswith("Etc/"):
            return zone
    return "Asia/Shanghai"


COMMAND = Command(
    init,
    panel=Panel.SET_UP,
    order=10,
    examples=(
        "detector init",
        "detector init /srv/audit --from logs/his-202607.csv",
        "detector init --timezone Asia/Urumqi",
    ),
)
