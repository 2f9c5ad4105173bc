"""``group.toml``: several deployments that are run and looked at as one.

Each hospital keeps its own ``detector.toml``, store and officers; the file names them and where the group keeps what
only it sees. Relative paths are relative to the file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final

from detector.deployment.checked_table import CheckedTable, located_error
from detector.deployment.key import Key
from detector.deployment.key_lines import KeyPath, key_lines, syntax_error
from detector.errors import ConfigError
from detector.texts.language import DEFAULT_LANGUAGE, LANGUAGES, Language

GROUP_FILE: Final = "group.toml"
LOCAL: Final = "local"
SPARK: Final = "spark"
ENGINES: Final = (LOCAL, SPARK)


@dataclass(frozen=True, slots=True)
class GroupSite:
    """``[group]``: what the group is called, the key that makes its hospitals comparable, and where it keeps things."""

    name: Annotated[str, Key("text", "shown in headings")]
    key_file: Annotated[
        Path,
        Key(
            "path",
            "the key that makes pseudonyms of different hospitals comparable, 64 hexadecimal digits; made at first use;"
            " no hospital needs it",
        ),
    ]
    folder: Annotated[
        Path,
        Key("path", "what only the group sees: a folder of its own", '`"group-state"`'),
    ]
    accounts: Annotated[
        Path | None,
        Key(
            "path",
            "CSV with the columns `hospital`, `user_id`, `person`: whose accounts are one person's though their numbers"
            " differ; the word for the person is free",
        ),
    ] = None
    language: Annotated[Language, Key('`"zh"` or `"en"`', "of texts; `--lang` overrides")] = DEFAULT_LANGUAGE


@dataclass(frozen=True, slots=True)
class Engine:
    """``[engine]``: what runs the hospitals' nights."""

    name: Annotated[str, Key('`"local"` or `"spark"`', "this machine, or Apache Spark (extra `spark`, and a JRE)")] = (
        LOCAL
    )
    jobs: Annotated[
        int,
        Key("whole number", "`local`: hospitals at a time; 0 = as many as there are processors"),
    ] = 0
    master: Annotated[
        str | None,
        Key("text", '`spark`: the cluster, such as `"yarn"` or `"spark://host:7077"`', "what Spark is set up with"),
    ] = None
    conf: Annotated[
        Mapping[str, str],
        Key("table of texts", '`spark`: settings of Spark, such as `"spark.executor.memory" = "2g"`', "none"),
    ] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GroupAlerting:
    """``[alerting]`` of a group."""

    budget: Annotated[
        float,
        Key("number", "innocent alerts of the group per 1,000 people with accounts in several hospitals, and week"),
    ] = 2.0


@dataclass(frozen=True, slots=True)
class MemberHospital:
    """One ``[[hospital]]``: a deployment of the group; ``config`` is its ``detector.toml`` or the folder of it."""

    name: Annotated[str, Key("text", "what the group calls it")]
    config: Annotated[
        Path,
        Key("path", "its `detector.toml`, or the folder of it; with `spark` a path that every worker sees"),
    ]


@dataclass(frozen=True, slots=True)
class HospitalGroup:
    """A group of hospitals, in the order of the file."""

    path: Path
    site: GroupSite
    engine: Engine
    alerting: GroupAlerting
    hospitals: tuple[MemberHospital, ...]
    lines: Mapping[KeyPath, int] = field(default_factory=dict, repr=False)

    def error(self, message: str, *keys: str | int) -> ConfigError:
        """Return an error about one key, such as ``group.error("no such file", "hospital", 0, "config")``."""
        return located_error(self.path, self.lines, keys, message)


def group_file(config: Path, default: Path) -> Path:
    """Return the group's file: beside the default deployment file, in a folder that is named, or what is named."""
    if config == default:
        return Path(GROUP_FILE)
    return config / GROUP_FILE if config.is_dir() else config


def load_group(path: Path) -> HospitalGroup:
    """Read and check a ``group.toml``. Raises ConfigError with file, line and key."""
    path = path.absolute()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(
            "no such file; `detector guide group` says what it holds, --config names it", file=path
        ) from None
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=path) from None
    except UnicodeDecodeError:
        raise ConfigError("is not UTF-8 text", file=path) from None
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problem, at = syntax_error(error)
        raise ConfigError(f"is not valid TOML: {problem}", file=path, line=at) from None
    lines = key_lines(text)
    root = CheckedTable(path, lines, (), document)
    root.only("group", "engine", "alerting", "hospital")
    return HospitalGroup(
        path=path,
        site=_site(root.needed_table("group", "a table [group] with the keys name and key_file"), path.parent),
        engine=read_engine(root.table("engine")),
        alerting=_alerting(root.table("alerting")),
        hospitals=_hospitals(root, path.parent),
        lines=lines,
    )


def read_engine(table: CheckedTable) -> Engine:
    """Return the engine that a table ``[engine]`` names."""
    table.only(*Engine.__dataclass_fields__)
    engine = Engine(
        name=table.choice("name", ENGINES) or LOCAL,
        jobs=table.whole("jobs", 0, 0),
        master=table.text("master"),
        conf=table.table("conf").texts_by_key(),
    )
    for key in ("master", "conf"):
        if engine.name != SPARK and key in table.values:
            raise table.error('is for name = "spark"', key)
    return engine


def check_engine_of_deployment(table: CheckedTable) -> None:
    """Check ``[engine]`` of a ``detector.toml``: one hospital's night is one task, so there is nothing to spread."""
    if read_engine(table).name != LOCAL:
        raise table.error("one hospital is judged on one machine; a group.toml brings several to Spark", "name")


def _site(table: CheckedTable, folder: Path) -> GroupSite:
    table.only(*GroupSite.__dataclass_fields__)
    name, _ = table.needed_text("name"), table.needed_text("key_file")
    return GroupSite(
        name=name,
        key_file=table.path("key_file", folder) or folder,
        folder=table.path("folder", folder) or folder / "group-state",
        accounts=table.path("accounts", folder),
        language=table.choice("language", LANGUAGES) or DEFAULT_LANGUAGE,
    )


def _alerting(table: CheckedTable) -> GroupAlerting:
    table.only(*GroupAlerting.__dataclass_fields__)
    return GroupAlerting(budget=table.number("budget", 2.0, lambda budget: budget > 0, "more than 0"))


def _hospitals(root: CheckedTable, folder: Path) -> tuple[MemberHospital, ...]:
    hospitals: list[MemberHospital] = []
    for table in root.tables("hospital", "one for each deployment"):
        table.only(*MemberHospital.__dataclass_fields__)
        name, _ = table.needed_text("name"), table.needed_text("config")
        hospital = MemberHospital(name, (table.path("config", folder) or folder).resolve())
        for earlier in hospitals:
            if hospital.name == earlier.name:
                raise table.error(f"{hospital.name!r} names an earlier hospital already", "name")
            if hospital.config == earlier.config:
                raise table.error(f"{earlier.name!r} is this deployment already", "config")
        hospitals.append(hospital)
    if not hospitals:
        raise root.error("no [[hospital]]; name each deployment of the group")
    return tuple(hospitals)
