"""Values that were not understood are named where they are words of a list, never where they may be a person's."""

from __future__ import annotations

import json
from pathlib import Path

from detector.reports.composition import compose
from detector.reports.formats import formats
from detector.store import open_published
from tests.reports.worlds import build, judged


def test_a_report_names_words_and_hides_names(tmp_path: Path) -> None:
    settings = build(tmp_path / "site", decoys=False, days=2)
    log = settings.folder / "logs" / "his-1.csv"
    lines = log.read_text(encoding="utf-8").splitlines()
    words = ["预约挂号改期", "王芳", "13800138000"]
    changed = [line.replace(",obstetric", f",{words[place]}") for place, line in enumerate(lines[2:5])]
    log.write_text("\n".join([*lines[:2], *changed, *lines[5:], ""]), encoding="utf-8")
    judged(settings)
    with open_published(settings) as published:
        report = json.loads(formats()["json"].write(compose(published, settings, "week", "zh").document))
    text = json.dumps(report, ensure_ascii=False)
    assert words[0] in text
    assert all(word not in text for word in words[1:])
