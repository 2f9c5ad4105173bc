"""A rule or crosswalk that comes later: baselines and evidence go to whom the events are of now."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import pytest

from detector.deployment.settings import load_settings
from detector.loading.events import load_events
from detector.night import rekeying
from detector.night.job import run_nights
from detector.night.summary import RunSummary
from detector.progress import Silent
from detector.store import open_store

SITE = '[site]\ntimezone = "Asia/Shanghai"\nlanguage = "en"\n[[source]]\nname = "his"\npath = "logs/*"\ndaily = true\n'
RULE = "[source.identity]\nuser_id = { strip_domain = true }\n"
WALK = '[context]\npatient_ids = "patient_ids.csv"\n'
TABLES = {
    "account_days": "*", "label_days": "*", "evidence_days": "*", "record_writes": "*", "account_spans": "*",
    "dates": "* exclude (part_watermark, late)", "patient_days": "* exclude (first_event_id)",
}  # fmt: skip


def write_logs(folder: Path, days: int) -> None:
    """Accounts log in with their domain on the first dates, and one patient has an old number there."""
    draw = random.Random(7)
    (folder / "logs").mkdir(parents=True)
    for number in range(days):
        date = dt.date(2026, 6, 1) + dt.timedelta(days=number)
        early = number < days - 2
        rows = ["event_id,event_time,user_id,user_department,patient_id,action,category"]
        for event in range(40):
            user, patient = f"u{draw.randrange(6)}", f"p{draw.randrange(30)}"
            user = f"HIS\\{user}" if early else user
            patient = "old7" if early and patient == "p7" else patient
            action = draw.choice(["view", "view", "update"])
            rows.append(f"{number}-{event},{date} {8 + event // 5:02d}:{event:02d}:00,{user},D,{patient},{action},note")
        (folder / "logs" / f"{date}.csv").write_text("\n".join(rows) + "\n")
    (folder / "patient_ids.csv").write_text("source,id,canonical_id\nhis,old7,p7\n")


def run(folder: Path, text: str) -> RunSummary:
    (folder / "detector.toml").write_text(text, encoding="utf-8")
    return run_nights(load_settings(folder), None, Silent(), start=dt.datetime(2026, 9, 1, tzinfo=dt.UTC))


def contents(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    with open_store(load_settings(folder), threads=1) as store:
        return {
            table: store.connection.execute(f"select {columns} from {table} order by all").fetchall()
            for table, columns in TABLES.items()
        }


@pytest.mark.heavy
def test_what_a_later_rule_gives_is_what_it_gives_from_the_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rekeying, "JUDGED_AGAIN_DAYS", 2)
    for name in ("later", "always"):
        write_logs(tmp_path / name, 4)
    run(tmp_path / "later", SITE)
    summary = run(tmp_path / "later", SITE + RULE + WALK)
    assert [str(date) for date in summary.late_dates] == ["2026-06-03", "2026-06-04"]
    assert any("the baselines of 6 accounts and 1 records" in line for line in summary.warnings)
    run(tmp_path / "always", SITE + RULE + WALK)
    later, always = contents(tmp_path / "later"), contents(tmp_path / "always")
    assert {table: later[table] for table in TABLES} == always
    assert not run(tmp_path / "later", SITE + RULE + WALK).late_dates
    with open_store(load_settings(tmp_path / "later"), threads=1) as store:
        assert store.connection.execute("select count(*) from rekeyed_dates").fetchall() == [(0,)]
        assert ("HIS\\u1", "u1") in store.connection.execute("from rekeyed_accounts").fetchall()


def test_accounts_that_become_one_have_the_sum_of_their_days(tmp_path: Path) -> None:
    write_logs(tmp_path, 1)
    (tmp_path / "detector.toml").write_text(SITE, encoding="utf-8")
    settings = load_settings(tmp_path)
    with open_store(settings, threads=1) as store:
        load_events(store, settings)
        connection = store.connection
        for table in ("rekeyed_user_id", "rekeyed_patient_id"):
            connection.execute(f"create temp table {table} (business_date date, before varchar, after varchar)")
        connection.execute("insert into rekeyed_user_id values ('2026-06-01', 'a', 'b')")
        connection.execute(
            "insert into label_days values ('2026-06-01', 'a', 'D', 'R', 'v', 'l', 2),"
            " ('2026-06-01', 'b', 'D', 'R', 'v', 'l', 3), ('2026-06-02', 'a', 'D', 'R', 'v', 'l', 4)"
        )
        connection.execute(
            "insert into interface_hours values ('his', 'a', '2026-06-01', 9, 2), ('his', 'b', '2026-06-01', 9, 3)"
        )
        rekeying._merge(connection, "interface_hours", rekeying.MERGED["interface_hours"])
        assert connection.execute("select user_id, hour, events from interface_hours").fetchall() == [("b", 9, 5)]
        assert rekeying._merge(connection, "label_days", rekeying.MERGED["label_days"]) == [dt.date(2026, 6, 1)]
        assert connection.execute("select user_id, patients from label_days order by business_date").fetchall() == [
            ("b", 5), ("a", 4),
        ]  # fmt: skip


@pytest.mark.heavy
def test_a_crosswalk_that_grows_concerns_its_identifiers_alone(tmp_path: Path) -> None:
    write_logs(tmp_path, 2)
    run(tmp_path, SITE + RULE + WALK)
    (tmp_path / "patient_ids.csv").write_text("source,id,canonical_id\nhis,old7,p7\n,never-seen,p8\n")
    assert not run(tmp_path, SITE + RULE + WALK).late_dates
    (tmp_path / "patient_ids.csv").write_text("source,id,canonical_id\nhis,old7,p7\n,never-seen,p8\n,p9,p10\n")
    summary = run(tmp_path, SITE + RULE + WALK)
    assert any("the baselines of 0 accounts and 1 records" in line for line in summary.warnings)
    assert len(summary.late_dates) == 2
