"""The list that a patient may ask for: who opened the record, and nothing about anybody else."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from detector.deployment.settings import Settings
from detector.reports.disclosures import accounting
from detector.reports.document import Document, ReportTable, Tiles
from detector.reports.formats import formats
from detector.store import open_published
from detector.texts import load_texts
from detector.texts.language import Language
from tests.reports.conftest import LANGUAGES
from tests.reports.worlds import DECOY, STAFF


def document(site: Settings, patient: str, language: Language = "zh", **options: object) -> Document:
    with open_published(site) as published:
        return accounting(
            published,
            site,
            load_texts(language),
            patient,
            shown_as=patient,
            **options,  # type: ignore[arg-type]
        )


def listed(told: Document) -> ReportTable:
    return next(block for block in told.blocks() if isinstance(block, ReportTable))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_access_of_the_record_and_no_other(site: Settings, language: Language) -> None:
    told = document(site, "P3", language)
    with open_published(site) as published:
        rows = published.connection.execute(
            "select user_id, count(*) from patient_days where patient_id = 'P3' group by all"
        ).fetchall()
    counted = {user: sum(str(row["who"]).startswith(f"{user} ") for row in listed(told).rows) for user, _ in rows}
    assert counted == dict(rows)
    assert len(listed(told).rows) == sum(counted.values())
    text = formats()["json"].write(told).decode()
    assert "P3" in text
    assert not any(f"P{number}" in text for number in (0, 1, 2, 4, 5, 6, 7, 8, 9))
    assert "D1" not in text


def test_what_has_no_ground_is_called_just_that(site: Settings) -> None:
    told = document(site, DECOY)
    tiles = next(block for block in told.summary if isinstance(block, Tiles))
    assert [tile.value for tile in tiles.tiles][:2] == ["5", "5"]
    text = formats()["md"].write(told).decode()
    assert "可疑" not in text
    assert "风险" not in text
    assert "诱饵" not in text


def test_without_names_units_are_left(site: Settings) -> None:
    content = json.loads(formats()["json"].write(document(site, "P3", names=False)))
    text = json.dumps(content, ensure_ascii=False)
    assert not any(f'"{user} ' in text for user, *_ in STAFF)
    assert "nurse" in text


def test_only_the_days_asked_for(site: Settings) -> None:
    day = dt.date(2026, 6, 2)
    told = document(site, "P3", first=day, last=day)
    assert {str(row["when"])[:10] for row in listed(told).rows} == {"2026-06-02"}
    none = document(site, "P77", first=day, last=day)
    assert not listed(none).rows
    assert "没有人打开过" in formats()["md"].write(none).decode()


def test_the_page_is_harmless(site: Settings) -> None:
    text = formats()["html"].write(document(site, DECOY, "en")).decode()
    assert "<script" not in text
    assert "<img" not in text
