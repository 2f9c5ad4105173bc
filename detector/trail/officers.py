"""Who acts: the system account, the officer it stands for, and whom the act may not be about."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass, field

from detector.deployment.settings import Settings
from detector.errors import UsageError

LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Officer:
    """Who acts. ``name`` is the system ``account`` unless somebody else was named.

    ``user_ids`` are the hospital accounts that are, or may be, the same person's: those that ``[officers]`` gives for
    the two, and the two themselves.
    """

    name: str
    account: str
    user_ids: frozenset[str] = field(default_factory=frozenset)

    def is_about(self, user_id: str | None) -> bool:
        """Tell whether a hospital account is the officer's own."""
        return user_id is not None and user_id.strip().casefold() in self.user_ids


def officer_of(settings: Settings, by: str | None = None) -> Officer:
    """Return who acts now; ``by`` names another person than the system account. Raises UsageError for no name."""
    account = system_account()
    name = account if by is None else " ".join(by.split())
    if not name or len(name) > LONGEST_NAME:
        raise UsageError(f"--by must be a name of at most {LONGEST_NAME} characters")
    known = {system.casefold(): user_id for system, user_id in settings.officers.items()}
    names = {one.casefold() for one in (name, account)}
    own = names | {known[one].strip().casefold() for one in names if one in known}
    return Officer(name, account, frozenset(own))


def system_account() -> str:
    """Return the name of the system account: of whoever used sudo, where root acts for them."""
    number = os.getuid()
    if number == 0 and os.environ.get("SUDO_UID", "").isdigit():
        number = int(os.environ["SUDO_UID"])
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
