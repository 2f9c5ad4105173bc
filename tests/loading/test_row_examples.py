"""A few rows beside what they are read as: true, and of a person no more than the form of the number."""

from __future__ import annotations

from pathlib import Path

from detector.deployment.settings import load_settings
from detector.loading.survey import survey

ROWS = '''导出时间 2026-06-30
操作日期,操作时间,工号,操作员,病历号,操作类型,IP
2026/6/1,上午 8:05:12,"李梅(0123)",李梅,"=""00217754""",浏览,10.1.2.3:443
2026/6/1,下午 1:05:12,"李梅(0123)",李梅,"=""00217755""",浏览,10.1.2.3
坏行
2026/6/1,下午 2:00:00,"李梅(0123)",李梅,张三00217756,打印,10.1.2.3
'''


def test_rows_stand_beside_what_they_are_read_as_and_patients_are_not_named(tmp_path: Path) -> None:
    (tmp_path / "detector.toml").write_text(
        '[site]\ntimezone = "Asia/Shanghai"\n[[source]]\nname = "his"\npath = "his.csv"\n', encoding="utf-8"
    )
    (tmp_path / "his.csv").write_bytes(ROWS.encode("gb18030"))
    first, second = survey(load_settings(tmp_path)).sources[0].examples
    assert first.values == (
        ("event_time", "2026/6/1 上午 8:05:12", "2026-06-01 08:05:12"),
        ("user_id", "xx(0000)", "0000"),
        ("patient_id", '="00000000"', "00000000"),
        ("action", "浏览", "view"),
        ("client_ip", "10.1.2.3:443", "10.1.2.3"),
    )
    assert [text for text in second.texts() if text.startswith(("event_time", "action", "patient_id"))] == [
        "event_time 2026/6/1 下午 2:00:00 → 2026-06-01 14:00:00",
        "patient_id xx00000000 → xx00000000",
        "action 打印 → print",
    ]
    assert not any(told in str((first, second)) for told in ("0021775", "0123", "李梅"))
