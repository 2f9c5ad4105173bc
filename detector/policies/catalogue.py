"""Which policies a deployment has: the built-in ones and its own, with the parameters it set in ``detector.toml``.

A site's own policies are the files ``policies/*.sql`` in the deployment's folder; ``[policies.<id>]`` sets parameters,
``alert`` and ``severity`` of any policy, and ``enabled = false`` switches it off.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

from detector.database.queries import sql_folder
from detector.deployment.checked_table import nearest
from detector.deployment.settings import Settings
from detector.errors import UsageError
from detector.model.severities import SEVERITIES
from detector.policies.header import SITE_KEYS, read_policy
from detector.policies.policy import Policy, PolicyError, Value

SITE_FOLDER: Final = "policies"
"""The folder of a deployment that holds its own policies."""


def load_policies(settings: Settings) -> tuple[Policy, ...]:
    """Return the deployment's enabled policies by id; raises ConfigError where a file or a setting is wrong."""
    policies = {policy.id: policy for policy in built_in_policies()}
    for policy in folder_policies(settings.folder / SITE_FOLDER, built_in=False):
        if policy.id in policies:
            raise PolicyError(
                f"{policy.id!r} is the id of a built-in policy; rename the file and its id, "
                f"or switch the other off with `enabled = false` in [policies.{policy.id}]",
                file=policy.path,
                key="id",
            )
        policies[policy.id] = policy
    for identity in settings.policies:
        if identity not in policies:
            raise settings.error(f"no such policy; {nearest(identity, tuple(policies))}", "policies", identity)
    configured = (_configured(policy, settings) for policy in policies.values())
    return tuple(sorted((policy for policy in configured if policy is not None), key=lambda policy: policy.id))


def find_policy(settings: Settings, name: str) -> Policy:
    """Return the policy that a file's path names, or an id: the deployment's own or a built-in one.

    Its parameters are the declared ones. Raises PolicyError where the file is wrong, UsageError where there is none.
    """
    own = settings.folder / SITE_FOLDER
    places = (Path(name).expanduser(), settings.folder / name, own / name, own / f"{name}.sql")
    for path in places:
        if path.is_file():
            return read_policy(path.resolve(), built_in=False)
    built_in = {policy.id: policy for policy in built_in_policies()}
    if name in built_in:
        return built_in[name]
    known = (*(path.stem for path in sorted(own.glob("*.sql"))), *built_in)
    raise UsageError(f"no policy {name!r}, neither a file nor an id; {nearest(name, known)}")


@cache
def built_in_policies() -> tuple[Policy, ...]:
    """Return the policies that ship with the detector, by id."""
    with resources.as_file(sql_folder().joinpath("policies")) as folder:
        return folder_policies(folder, built_in=True)


def folder_policies(folder: Path, *, built_in: bool) -> tuple[Policy, ...]:
    """Return the policies of a folder's SQL files, by id; none where there is no such folder."""
    return tuple(read_policy(path, built_in=built_in) for path in sorted(folder.glob("*.sql")))


def _configured(policy: Policy, settings: Settings) -> Policy | None:
    """Return the policy with the site's values, or None where the site switched it off."""
    given: Mapping[str, Any] = settings.policies.get(policy.id, {})
    parameters = dict(policy.parameters)
    for key, value in given.items():
        if key in SITE_KEYS:
            if not (value in SEVERITIES if key == "severity" else isinstance(value, bool)):
                wanted = f"one of {', '.join(SEVERITIES)}" if key == "severity" else "true or false"
                raise settings.error(f"must be {wanted}, not {value!r}", "policies", policy.id, key)
        elif key in parameters:
            parameters[key] = _parameter(policy, settings, key, value)
        else:
            known = (*policy.parameters, *SITE_KEYS)
            raise settings.error(f"unknown parameter; {nearest(key, known)}", "policies", policy.id, key)
    if not given.get("enabled", True):
        return None
    return dataclasses.replace(
        policy,
        parameters=parameters,
        alert=given.get("alert", policy.alert),
        severity=given.get("severity", policy.severity),
    )


def _parameter(policy: Policy, settings: Settings, key: str, value: object) -> Value:
    """Return the site's value where it is of the kind of the default."""
    default = policy.parameters[key]
    if isinstance(default, bool):
        if isinstance(value, bool):
            return value
        wanted = "true or false"
    elif isinstance(default, tuple):
        if isinstance(value, list) and all(isinstance(text, str) for text in value):
            return tuple(value)
        wanted = "a list of texts"
    elif isinstance(default, int):
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        wanted = "a whole number"
    elif isinstance(default, float):
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        wanted = "a number"
    else:
        if isinstance(value, str):
            return value
        wanted = "a text"
    raise settings.error(f"must be {wanted}, not {value!r}", "policies", policy.id, key)
