"""What papers take from the configuration, by name: sentences about what ``detector.toml`` says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Final

from detector.deployment.settings import ContextPaths, Settings
from detector.texts import Texts


def sources(settings: Settings, say: Texts) -> list[str]:
    """Name the logs."""
    return [say("paper.set_sources", names=say.words(source.name for source in settings.sources))]


def context(settings: Settings, say: Texts) -> list[str]:
    """Name the tables of staff, patients and care that are given, and those that are not."""
    names = [one.name for one in fields(ContextPaths)]
    given = [say.name("context_table", name) for name in names if getattr(settings.context, name) is not None]
    lacking = [say.name("context_table", name) for name in names if getattr(settings.context, name) is None]
    return [
        *([say("paper.set_context", names=say.words(given))] if given else []),
        *([say("paper.set_no_context", names=say.words(lacking))] if lacking else []),
    ]


def officers(settings: Settings, say: Texts) -> list[str]:
    """Tell whether it is known which system account is whose."""
    count = len(settings.officers)
    return [say("paper.set_officers", count=count) if count else say("paper.set_no_officers")]


def offices(settings: Settings, say: Texts) -> list[str]:
    """Name by what words offices are recognised that may read records without a relation to the patient.

    Words of the other language are counted only.
    """
    words = settings.detection.office_words
    own = [word for word in words if word.isascii() == (say.language == "en")]
    return [say("paper.set_offices", names=say.words(own or words), count=len(words))]


def protected(settings: Settings, say: Texts) -> list[str]:
    """Tell whether there is a list of people in the public eye.

    Planted records are not spoken of: papers pass through many hands.
    """
    return [say("paper.set_vip" if settings.site.vip_patients is not None else "paper.set_no_vip")]


def sensitive(settings: Settings, say: Texts) -> list[str]:
    """Name the departments and kinds of data that weigh more."""
    names = [say.name("category", name) for name in settings.site.sensitive_departments]
    return [say("paper.set_sensitive", names=say.words(names)) if names else say("paper.set_no_sensitive")]


def approved(settings: Settings, say: Texts) -> list[str]:
    """Tell whether unusual work is approved beforehand, on a table."""
    return [say("paper.set_approvals" if settings.context.approvals is not None else "paper.set_no_approvals")]


def staff(settings: Settings, say: Texts) -> list[str]:
    """Tell whether the accounts' holders are known from a table."""
    return [say("paper.set_staff" if settings.context.staff is not None else "paper.set_no_staff")]


def retention(settings: Settings, say: Texts) -> list[str]:
    """Tell how long events are kept."""
    days = settings.store.keep_events_days
    return [say("paper.set_retention", days=days)]


def alerting(settings: Settings, say: Texts) -> list[str]:
    """Tell how many innocent alerts are accepted, and how long models learn."""
    rules = settings.alerting
    return [say("paper.set_alerting", budget=f"{rules.budget:g}", days=rules.learning_days)]


def site(settings: Settings, say: Texts) -> list[str]:
    """Name the hospital and the version of the configuration that the paper was made with."""
    return [say("paper.set_site", site=settings.site.name, zone=settings.site.timezone)]


STATED: Final[Mapping[str, Callable[[Settings, Texts], list[str]]]] = {
    "sources": sources,
    "context": context,
    "officers": officers,
    "offices": offices,
    "protected": protected,
    "sensitive": sensitive,
    "approved": approved,
    "staff": staff,
    "retention": retention,
    "alerting": alerting,
    "site": site,
}
