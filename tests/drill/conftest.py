"""Two small hospitals: one whose log is only loaded, to plant in, and one that has been judged, to drill."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from detector.deployment.settings import Settings, load_settings
from detector.drill.site_profile import SiteProfile
from detector.loading.context import load_context
from detector.loading.events import load_events
from detector.night.job import run_nights
from detector.progress import Silent
from detector.simulator import SimulationPlan, simulate
from detector.store import open_store
from tests.drill.bare_log import DAYS, FIRST, TWO_UNITS, empty_log, write

START = dt.date(2026, 6, 1)
LEARNING_DAYS = 5
JUDGED_DAYS = 19


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A hospital of 120 people and 45 days, loaded and not judged."""
    folder = tmp_path_factory.mktemp("loaded") / "site"
    simulate(folder, SimulationPlan(staff=120, days=45, start=START, seed=21, clean=True))
    settings = load_settings(folder)
    with open_store(settings) as store:
        load_events(store, settings)
        load_context(store, settings)
    return settings


@pytest.fixture(scope="session")
def site(loaded: Settings) -> Iterator[SiteProfile]:
    """What that hospital offers in its last three weeks."""
    with open_store(loaded) as store:
        yield SiteProfile(store.connection, START + dt.timedelta(days=22), START + dt.timedelta(days=43))


@pytest.fixture(scope="session")
def two_units() -> Iterator[SiteProfile]:
    """Twenty accounts in two departments, a service, a leaver, two accounts with records of their own, and a decoy."""
    connection = empty_log()
    write(connection, **TWO_UNITS)
    connection.execute(
        """
        insert into staff by name
        from (values
            ('u01', 'IM', 'human', 'active', 'p1001', null),
            ('u05', 'IM', 'human', 'active', 'p1002', null),
            ('u03', 'IM', 'service', 'active', null, 'note'),
            ('gone', 'OB', 'human', 'left', null, null),
            ('idle', 'OB', 'human', 'active', null, null)
        ) as rows(user_id, department, account_type, status, patient_id, allowed_categories)
        """
    )
    connection.execute("insert into decoy_patients by name select 'm1000' as patient_id")
    connection.execute("insert into patients by name select unnest(['p1001', 'p1002']) as patient_id")
    yield SiteProfile(connection, FIRST + dt.timedelta(days=12), FIRST + dt.timedelta(days=DAYS - 1))
    connection.close()


@pytest.fixture(scope="session")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A hospital of 60 people whose nights are done; only to be read."""
    folder = tmp_path_factory.mktemp("judged") / "site"
    simulate(folder, SimulationPlan(staff=60, days=JUDGED_DAYS, start=START, seed=8, clean=True))
    config = folder / "detector.toml"
    text = config.read_text(encoding="utf-8").replace("learning_days = 14", f"learning_days = {LEARNING_DAYS}")
    config.write_text(text, encoding="utf-8")
    settings = load_settings(folder)
    run_nights(settings, None, Silent())
    return settings


def fingerprint(folder: Path) -> dict[str, str]:
    """Return the hash of every file of a folder: equal before and after means that nothing was touched."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
