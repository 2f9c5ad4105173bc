"""One judged hospital for all tests of reports; they only read it."""

from __future__ import annotations

import pytest

from detector.deployment.settings import Settings
from detector.reports.composition import Report, compose
from detector.store import open_published
from detector.texts.language import Language
from tests.reports.worlds import build, judged

LANGUAGES: tuple[Language, ...] = ("zh", "en")
KEY = "5a" * 32


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = build(tmp_path_factory.mktemp("reports") / "site")
    judged(settings)
    (settings.store.path.parent / "pseudonyms.key").write_text(KEY, encoding="ascii")
    return settings


@pytest.fixture(scope="session")
def reports(site: Settings) -> dict[str, Report]:
    """The week's report in both languages."""
    with open_published(site) as published:
        return {language: compose(published, site, "week", language) for language in LANGUAGES}
