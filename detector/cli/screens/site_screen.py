"""What `check` says of the site itself: how far its calendar reaches, and who can rewrite its trail."""

from __future__ import annotations

from collections.abc import Iterator

from detector.deployment.days_off import make_up_days_end
from detector.deployment.settings import Settings
from detector.files.append_only import append_only
from detector.texts import Texts
from detector.trail import Trail


def site_facts(settings: Settings, texts: Texts) -> Iterator[str]:
    """Yield what a person may have to see to."""
    yield from _calendar_fact(settings, texts)
    yield from _trail_fact(settings, texts)


def _calendar_fact(settings: Settings, texts: Texts) -> Iterator[str]:
    site = settings.site
    end = make_up_days_end(site.calendar)
    if end is None:
        return
    last = max((date for date in (*site.holidays, *site.working_days) if date.year > end), default=None)
    key = "check.calendar_end" if last is None else "check.calendar_own"
    yield texts(key, calendar=site.calendar, year=end, last=last)


def _trail_fact(settings: Settings, texts: Texts) -> Iterator[str]:
    """Yield whether the group that may append to the trail may do more than that; without a group nobody may."""
    path = Trail.of(settings).path
    if settings.store.group is None or not path.exists():
        return
    state = {True: "held", False: "open", None: "unknown"}[append_only(path)]
    yield texts(f"check.trail_{state}", path=path, group=settings.store.group)
