"""Charts are harmless in a page under a strict policy, and the same on every run."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from detector.reports.charts import FORMS, svg
from detector.reports.document import Chart, Series
from tests.reports.worlds import PLANTED

DAYS = [f"2026-06-{day:02d}" for day in range(1, 15)]


def chart(form: str, *, labels: list[str] | None = None, narrow: bool = False) -> Chart:
    labels = labels or DAYS
    series = [
        Series("甲", [0.2 + place / 40 for place in range(len(labels))]),
        Series("乙", [None if place % 5 == 0 else 0.5 for place in range(len(labels))]),
        Series("丙", [0.1] * len(labels)),
    ]
    return Chart("c1", form, "标题", "说明", labels, series, narrow=narrow)  # type: ignore[arg-type]


@pytest.mark.parametrize("form", sorted(FORMS))
def test_only_presentation_attributes(form: str) -> None:
    text = svg(chart(form))
    root = ET.fromstring(text)
    assert root.get("role") == "img"
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags <= {"svg", "g", "path", "text", "title", "desc", "defs", "clipPath", "rect", "use", "tspan"}
    for element in root.iter():
        for name, value in element.attrib.items():
            assert name != "style"
            assert not name.lower().startswith("on")
            assert "font-family" not in name
            assert "href" not in name or value.startswith("#c1-")
            if name == "id":
                assert value.startswith("c1-")


@pytest.mark.parametrize("form", sorted(FORMS))
def test_the_same_figures_give_the_same_bytes(form: str) -> None:
    assert svg(chart(form)) == svg(chart(form))
    assert svg(chart(form)) != svg(chart(form, narrow=True))


@pytest.mark.parametrize("form", sorted(FORMS))
def test_planted_labels_stay_text(form: str) -> None:
    text = svg(chart(form, labels=[*PLANTED, "$x^2$"]))
    assert not any(planted in text for planted in ("<script", "<img", "\u202e", "\x1b"))
    assert len(list(ET.fromstring(text).iter("{http://www.w3.org/2000/svg}script"))) == 0


@pytest.mark.parametrize("form", sorted(FORMS))
def test_one_label_or_only_zeros_can_be_drawn(form: str) -> None:
    one = Chart("c", form, "t", "d", ["2026-06-01"], [Series("a", [0]), Series("b", [0])])  # type: ignore[arg-type]
    assert svg(one).startswith("<svg")


def test_a_chart_tells_its_figures() -> None:
    table = chart("days").table("日期")
    assert [column.title for column in table.columns] == ["日期", "甲", "乙", "丙"]
    assert table.rows[0] == {"label": "2026-06-01", "0": 0.2, "1": None, "2": 0.1}
