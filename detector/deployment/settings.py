"""What a deployment's ``detector.toml`` says, typed and checked.

Names equal the keys of the file. Relative paths are relative to the file; every path in a :class:`Settings` is
absolute. A wrong key, type or value raises :class:`~detector.errors.ConfigError` with file, line and key. Nothing on
disk except the file itself is looked at: whether logs and tables exist is for ``check`` and ``run`` to say.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import ipaddress
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Final

from detector.deployment.checked_table import CheckedTable, located_error
from detector.deployment.database_view import SPOOL
from detector.deployment.detection import DEFAULTS, DetectionSettings, read_detection
from detector.deployment.exports import Export, read_exports
from detector.deployment.groups import GROUP_FILE, check_engine_of_deployment
from detector.deployment.key import Key
from detector.deployment.key_lines import KeyPath, key_lines, syntax_error
from detector.deployment.log_sources import Source, read_sources
from detector.deployment.outages import Outage, read_dates, read_outages, retirements
from detector.deployment.reports import ReportSettings, read_reports
from detector.errors import ConfigError
from detector.texts.language import DEFAULT_LANGUAGE, LANGUAGES, Language, is_language

FILE_NAME: Final = "detector.toml"
PRIVATE_NETWORKS: Final = (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8",
    "fc00::/7", "fe80::/10", "::1/128",
)  # fmt: skip
"""The default of ``internal_networks``: addresses that cannot come from the internet."""

EVENT_DAYS: Final = 400
LEAST_EVENT_DAYS: Final = 180
"""Network logs have to be kept for six months (网络安全法 art. 23, 21 before 2026)."""


@dataclass(frozen=True, slots=True)
class Site:
    """``[site]``: the hospital. ``calendar`` is an ISO country (and subdivision) or None where none applies.

    ``former_names`` are what the site was called before: a store that belongs to one of them belongs to it.
    """

    name: Annotated[
        str,
        Key("text", "shown in headings; the store belongs to it once it is given", "the folder's name"),
    ]
    timezone: Annotated[
        str,
        Key(
            "text",
            '`"Asia/Shanghai"`; times without an offset are local to it, days run from midnight to midnight in '
            "it; fixed by the first run",
        ),
    ]
    former_names: Annotated[
        tuple[str, ...],
        Key("list of texts", "what the site was called before: a store of that name is its own"),
    ] = ()
    language: Annotated[Language, Key('`"zh"` or `"en"`', "reports and texts; `--lang` overrides")] = DEFAULT_LANGUAGE
    calendar: Annotated[
        str | None,
        Key(
            "country code",
            "public holidays and make-up working days: what counts as a day off",
            "that of the time zone",
        ),
    ] = None
    holidays: Annotated[
        tuple[dt.date, ...],
        Key("list of dates", 'days off beside the calendar, or where it ends: `["2027-02-05"]`', "none"),
    ] = ()
    working_days: Annotated[
        tuple[dt.date, ...],
        Key("list of dates", "weekends and holidays on which work is done all the same (make-up days)", "none"),
    ] = ()
    internal_networks: Annotated[
        tuple[str, ...],
        Key("list of networks", "every other address is external; an unknown address is not", "the private ranges"),
    ] = PRIVATE_NETWORKS
    sensitive_departments: Annotated[
        tuple[str, ...],
        Key("list", "departments or categories that weigh more in the ranking"),
    ] = ()
    vip_patients: Annotated[
        Path | None,
        Key("path", "CSV with a column `patient_id`: persons of public interest"),
    ] = None
    decoy_patients: Annotated[
        Path | None,
        Key("path", "CSV with a column `patient_id`: planted records nobody has a reason to open"),
    ] = None


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """``[store]``: where the detector keeps what it knows, who may read it, how long raw events stay.

    ``quarantine_limit`` is the share of rows that are not understood above which a run asks for attention.
    """

    path: Annotated[
        Path,
        Key(
            "path",
            "the store; everything else the detector keeps lies in the same folder, which should be its own",
            '`"state/detector.duckdb"`',
        ),
    ]
    group: Annotated[
        str | None,
        Key("text", "a group of the machine that may read; the job's user must be a member"),
    ] = None
    quarantine_limit: Annotated[float, Key("share", "above this share of rows not understood `run` exits 1")] = 0.01
    keep_events_days: Annotated[
        int,
        Key(
            "days, at least 180",
            "older raw events are removed at the end of a run, which the trail records; what was derived from "
            "them and the evidence of findings stay",
        ),
    ] = EVENT_DAYS


@dataclass(frozen=True, slots=True)
class ContextPaths:
    """``[context]``: the optional tables that make detection sharper."""

    staff: Annotated[Path | None, Key("path", "who the accounts are")] = None
    patients: Annotated[Path | None, Key("path", "who the patients are")] = None
    encounters: Annotated[Path | None, Key("path", "stays and appointments")] = None
    care_team: Annotated[Path | None, Key("path", "who treats whom")] = None
    roster: Annotated[Path | None, Key("path", "who is on duty when")] = None
    approvals: Annotated[Path | None, Key("path", "unusual jobs approved beforehand")] = None
    user_ids: Annotated[Path | None, Key("path", "which accounts of the sources are one: their canonical ids")] = None
    patient_ids: Annotated[Path | None, Key("path", "the same for patients' record numbers")] = None


@dataclass(frozen=True, slots=True)
class Alerting:
    """``[alerting]``.

    ``budget`` is in innocent alerts per 1,000 active accounts and week, ``random_share`` a share of it, the others in
    days and hours.
    """

    budget: Annotated[float, Key("number", "innocent alerts per 1,000 active accounts and week")] = 2.0
    learning_days: Annotated[
        int,
        Key("whole number", "no alert from models before this much history; policies alert at once"),
    ] = 14
    random_share: Annotated[
        float,
        Key(
            "share",
            "share of the budget spent on accounts drawn at random and marked as such: an unbiased check of the "
            "ranking",
        ),
    ] = 0.0
    stale_hours: Annotated[float, Key("number", "`status` exits 1 when the last good night is older")] = 30.0


@dataclass(frozen=True, slots=True)
class Privacy:
    """``[privacy]``: the key of pseudonyms (None: beside the store), and whether views show them unless asked."""

    key_file: Annotated[
        Path | None,
        Key(
            "path",
            "the key of the pseudonyms, made at first use; whoever has it can tell whom they mean, and without it"
            " all of them change, so back it up",
            "`pseudonyms.key` beside the store",
        ),
    ] = None
    pseudonymise: Annotated[
        bool,
        Key("true or false", "`true` makes pseudonyms the default wherever patients are shown"),
    ] = False


@dataclass(frozen=True, slots=True)
class Settings:
    """A deployment.

    ``folder`` holds the file; ``digest`` is the SHA-256 of its bytes; ``lines`` says where each key stands.
    """

    path: Path
    folder: Path
    site: Site
    store: StoreSettings
    sources: tuple[Source, ...]
    context: ContextPaths
    alerting: Alerting
    officers: Mapping[str, str]
    policies: Mapping[str, Mapping[str, Any]]
    digest: str
    exports: tuple[Export, ...] = ()
    reports: tuple[ReportSettings, ...] = ()
    privacy: Privacy = Privacy()
    detection: DetectionSettings = DEFAULTS
    outages: tuple[Outage, ...] = ()
    lines: Mapping[KeyPath, int] = field(default_factory=dict, repr=False)

    @property
    def planned_silences(self) -> tuple[Outage, ...]:
        """When logs are silent by plan: the outages, and the time after a source was retired."""
        return (*self.outages, *retirements(self.sources))

    def error(self, message: str, *keys: str | int) -> ConfigError:
        """Return an error about one key, such as ``settings.error("no such format", "source", 0, "format")``."""
        return located_error(self.path, self.lines, keys, message)


def load_settings(path: Path) -> Settings:
    """Read and check a ``detector.toml``; a folder stands for the file of that name in it."""
    path = Path(path).absolute()
    if path.is_dir():
        path = path / FILE_NAME
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigError("no such file; `detector init` writes one, --config names another", file=path) from None
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=path) from None
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError("is not UTF-8 text", file=path, line=line) from None
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problem, at = syntax_error(error)
        raise ConfigError(f"is not valid TOML: {problem}", file=path, line=at) from None
    lines = key_lines(text)
    root = CheckedTable(path, lines, (), document)
    root.only(
        "site", "store", "source", "context", "detection", "alerting", "officers", "export", "report", "policies",
        "privacy", "outage", "engine",
    )  # fmt: skip
    check_engine_of_deployment(root.table("engine"))
    site = _site(root.table("site"), path.parent)
    store = _store(root.table("store"), path.parent)
    sources = read_sources(root, path.parent, store.path.parent / SPOOL)
    return Settings(
        path=path,
        folder=path.parent,
        site=site,
        store=store,
        sources=sources,
        context=_context(root.table("context"), path.parent),
        detection=read_detection(root, path.parent),
        alerting=_alerting(root.table("alerting")),
        officers=_officers(root.table("officers")),
        exports=read_exports(root, path.parent),
        reports=read_reports(root, path.parent),
        policies=_policies(root.table("policies")),
        privacy=_privacy(root.table("privacy"), path.parent),
        outages=read_outages(root, sources, site.timezone),
        digest=hashlib.sha256(content).hexdigest(),
        lines=lines,
    )


def configured_language(path: Path) -> Language | None:
    """Return the language that a ``detector.toml`` names, whatever else is wrong with it; None where it names none.

    Where there is none, that of a ``group.toml`` in its place.
    """
    file = path / FILE_NAME if path.is_dir() else path
    try:
        text = (file if file.exists() else file.with_name(GROUP_FILE)).read_text(encoding="utf-8-sig")
    except (OSError, ValueError):
        return None
    try:
        document = tomllib.loads(text)
        site = document.get("site", document.get("group"))
        named = site.get("language") if isinstance(site, dict) else None
    except tomllib.TOMLDecodeError:
        found = re.search(r"""^language *= *["'](\w+)["']""", text, re.MULTILINE)
        named = found[1] if found else None
    return named if isinstance(named, str) and is_language(named) else None


def _site(table: CheckedTable, folder: Path) -> Site:
    table.only(*Site.__dataclass_fields__)
    table.needed_text("timezone")
    zone = table.zone("timezone") or ""
    language = table.choice("language", LANGUAGES) or DEFAULT_LANGUAGE
    networks = table.texts("internal_networks")
    for network in networks or ():
        try:
            ipaddress.ip_network(network)
        except ValueError as error:
            raise table.error(f"{error}; write a network such as '10.0.0.0/8'", "internal_networks") from None
    return Site(
        name=table.text("name") or folder.name,
        timezone=zone,
        former_names=table.texts("former_names") or (),
        language=language,
        calendar=_calendar(table, zone),
        **_own_days(table),
        internal_networks=PRIVATE_NETWORKS if networks is None else networks,
        sensitive_departments=table.texts("sensitive_departments") or (),
        vip_patients=table.path("vip_patients", folder),
        decoy_patients=table.path("decoy_patients", folder),
    )


def _calendar(table: CheckedTable, zone: str) -> str | None:
    """Return the country given, or the one whose zone it is."""
    given = table.text("calendar")
    if given is None:
        return _country_of(zone)
    if not re.fullmatch(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", given):
        raise table.error(f"must be a country code such as 'CN' or 'US-CA', not {given!r}", "calendar")
    return given


def _own_days(table: CheckedTable) -> dict[str, tuple[dt.date, ...]]:
    """Return the site's own days off and working days; a date is one of the two."""
    days = {key: read_dates(table, key) for key in ("holidays", "working_days")}
    for date in days["holidays"]:
        if date in days["working_days"]:
            raise table.error(f"{date} is among the holidays as well; it is one of the two", "working_days")
    return days


def _country_of(zone: str) -> str | None:
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return next((row[0] for row in rows if row[2] == zone), None)


def _store(table: CheckedTable, folder: Path) -> StoreSettings:
    table.only(*StoreSettings.__dataclass_fields__)
    return StoreSettings(
        path=table.path("path", folder) or folder / "state" / "detector.duckdb",
        group=table.text("group"),
        quarantine_limit=table.number(
            "quarantine_limit", 0.01, lambda share: 0 <= share <= 1, "a share between 0 and 1"
        ),
        keep_events_days=table.whole("keep_events_days", EVENT_DAYS, LEAST_EVENT_DAYS),
    )


def _context(table: CheckedTable, folder: Path) -> ContextPaths:
    names = tuple(ContextPaths.__dataclass_fields__)
    table.only(*names)
    return ContextPaths(**{name: table.path(name, folder) for name in names})


def _alerting(table: CheckedTable) -> Alerting:
    table.only(*Alerting.__dataclass_fields__)
    days = table.number("learning_days", 14, lambda days: days >= 1 and days.is_integer(), "a whole number from 1")
    return Alerting(
        budget=table.number("budget", 2.0, lambda budget: budget >= 0, "0 or more"),
        learning_days=int(days),
        random_share=table.number("random_share", 0.0, lambda share: 0 <= share <= 1, "a share between 0 and 1"),
        stale_hours=table.number("stale_hours", 30.0, lambda hours: hours > 0, "more than 0"),
    )


def _officers(table: CheckedTable) -> dict[str, str]:
    return table.texts_by_key()


def _privacy(table: CheckedTable, folder: Path) -> Privacy:
    table.only(*Privacy.__dataclass_fields__)
    return Privacy(key_file=table.path("key_file", folder), pseudonymise=table.flag("pseudonymise"))


def _policies(table: CheckedTable) -> dict[str, Mapping[str, Any]]:
    return {policy: table.table(policy).values for policy in table.values}
