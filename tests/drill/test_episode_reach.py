"""What measures would have kept out of an episode's reach: on a few planted rows, and in a whole drill counted anew."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import stat
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from detector import __version__
from detector.deployment.settings import Settings, load_settings
from detector.drill import replay
from detector.drill.campaign import Plan, drill
from detector.drill.drilled_kinds import drill_record
from detector.drill.episode_reach import Reach, episode_reach
from detector.drill.planters import PLANTERS
from detector.drill.scratch import write_events
from detector.model.scenarios import SCENARIOS, Family
from detector.model.tables import EVENTS, PATIENT_DAYS
from detector.progress import Silent
from detector.reports.drill_record import FILE_NAME, DrilledKind, DrillRecord, keep_drill, read_drill
from detector.store import Store, open_store
from detector.texts import load_texts
from tests.program import called

DAY = dt.date(2026, 6, 10)
TOML = """\
[site]
name = "Test"
timezone = "Asia/Shanghai"
[[source]]
name = "his"
path = "his-*.csv"
"""
NONE, USUAL, GROUND = ("suspicious", None), ("explained", "habit"), ("explained", "care_team")
Planted = tuple[str, int, str, str | None]
"""Label, day, account, patient; without a patient it is an exported list."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[tuple[Settings, Store]]:
    (tmp_path / "detector.toml").write_text(TOML, encoding="utf-8")
    settings = load_settings(tmp_path)
    with open_store(settings) as store:
        yield settings, store


def plant(settings: Settings, store: Store, planted: list[Planted], **records: int) -> list[str]:
    """Write the rows; an export takes as many records as ``records`` says of its account."""
    rows = [
        {
            "source": "his", "event_id": f"his:drill-{label}-{place}", "business_date": DAY + dt.timedelta(days=day),
            "local_time": dt.datetime.combine(DAY + dt.timedelta(days=day), dt.time(9, place)), "user_id": user,
            "patient_id": patient, "action": "view" if patient else "export", "outcome": "success",
            "record_count": 1 if patient else records[user], "label": label,
        }
        for place, (label, day, user, patient) in enumerate(planted)
    ]  # fmt: skip
    frame = pl.DataFrame(rows, schema_overrides={"patient_id": pl.String})
    missing = [name for name in EVENTS.names if name not in frame.columns]
    events = frame.with_columns(**{name: pl.lit(None, dtype=pl.String) for name in missing})
    return write_events(store, events, settings.site.timezone)


def judge(store: Store, days: list[tuple[int, str, str, tuple[str, str | None]]], **more: Any) -> None:
    """Write patient-days: day, account, patient, and what accounts for it."""
    frame = pl.DataFrame(
        [
            {
                "business_date": DAY + dt.timedelta(days=day), "user_id": user, "patient_id": patient,
                "account_type": more.get(user, "human"), "contact": patient.startswith("c"),
                "state": told[0], "explanation": told[1],
            }
            for day, user, patient, told in days
        ]
    )  # fmt: skip
    store.connection.register("judged_days", frame.to_arrow())
    for date in sorted(set(frame["business_date"])):
        columns = ", ".join(
            f"{name if name in frame.columns else 'null'}::{kind} as {name}"
            for name, kind in PATIENT_DAYS.types.items()
        )
        with store.transaction():
            store.write_patient_days(date, f"select {columns} from judged_days where business_date = date '{date}'")


def fill(store: Store, table: str, **columns: list[Any]) -> None:
    """Insert rows; a column that is not given and must not be null gets the empty value of its type."""
    needed = store.connection.execute(
        "select column_name, data_type from duckdb_columns() where table_name = ? and not is_nullable"
        " and column_default is null", [table],
    ).fetchall()  # fmt: skip
    empty = {"VARCHAR": "", "BOOLEAN": False, "VARCHAR[]": []}
    more = {name: empty.get(kind, 0) for name, kind in needed if name not in columns}
    store.connection.register(
        "filled", pl.DataFrame(columns).with_columns(**{k: pl.lit(v) for k, v in more.items()}).to_arrow()
    )
    store.connection.execute(f"insert into {table} by name from filled")


def reach(
    settings: Settings, store: Store, paths: list[str], planted: list[Planted], until: Mapping[str, int] = {}
) -> dict[str, Reach]:
    labels = pl.DataFrame(
        [
            (f"his:drill-{label}-{place}", label, DAY + dt.timedelta(days=until[label]) if label in until else None)
            for place, (label, *_) in enumerate(planted)
        ],
        schema={"event_id": pl.String, "label": pl.String, "counts_until": pl.Date},
        orient="row",
    )
    return episode_reach(store, settings, paths, labels, DAY, DAY + dt.timedelta(days=5))


def test_each_measure_keeps_out_what_it_touches_up_to_the_alert(store: tuple[Settings, Store]) -> None:
    settings, held = store
    planted: list[Planted] = [
        ("1", 0, "u1", "c1"), ("1", 0, "u1", "p2"), ("1", 1, "u1", "c3"), ("1", 1, "u1", "c4"), ("1", 2, "u1", "c5"),
        ("2", 0, "left", "c1"), ("2", 0, "left", "p6"), ("2", 0, "left", "p8"), ("3", 0, "pull", "c7"),
    ]  # fmt: skip
    paths = plant(settings, held, planted)
    judge(held, [
        (0, "u1", "c1", NONE), (0, "u1", "p2", NONE), (1, "u1", "c3", USUAL), (1, "u1", "c4", GROUND),
        (2, "u1", "c5", NONE), (0, "left", "c1", NONE), (0, "left", "p6", USUAL), (0, "left", "p8", GROUND),
        (0, "pull", "c7", NONE),
        (0, "u1", "c9", NONE), (0, "u8", "c1", GROUND),
    ], pull="service")  # fmt: skip
    fill(held, "policy_days", business_date=[DAY], user_id=["left"], pattern=["inactive-account"])
    found = reach(settings, held, paths, planted, {"1": 1})
    lists = {"limit_50": 0, "limit_250": 0}
    assert found["1"] == Reach(
        4, 0, {"mask": 1, "close": 0, "reason": 2, **lists}, {"mask": 1, "close": 0, "reason": 1, **lists}
    ), "c5 came after the alert; c9 and u8 are not of the episode"
    assert found["2"] == Reach(
        3, 0, {"mask": 1, "close": 2, "reason": 1, **lists}, {"mask": 0, "close": 1, "reason": 1, **lists}
    ), "a closed account opens nobody, whatever ground there is"
    assert found["3"] == Reach(1, 0, {"mask": 0, "close": 0, "reason": 0, **lists}, dict.fromkeys(found["3"].usual, 0))
    own = held.connection.execute("select count(*), count(distinct user_id) from patient_days").fetchall()
    assert own == [(11, 4)], "the store's own views are back"


def test_one_viewer_with_a_ground_reaches_the_record_whatever_stops_the_others(store: tuple[Settings, Store]) -> None:
    settings, held = store
    planted: list[Planted] = [("1", day, user, "c1") for day in (0, 1) for user in ("u1", "u2", "u3")]
    planted += [("2", 0, "u4", "c1"), ("2", 1, "u5", "c1"), ("2", 1, "u5", "c2"), ("2", 2, "u5", "c2")]
    paths = plant(settings, held, planted)
    judged = [(day, user, "c1", GROUND if (day, user) == (1, "u3") else NONE) for _, day, user, _ in planted[:6]]
    judged += [(0, "u4", "c1", NONE), (1, "u5", "c1", NONE), (1, "u5", "c2", NONE), (2, "u5", "c2", USUAL)]
    judge(held, judged)
    found = reach(settings, held, paths, planted)
    assert (found["1"].patients, found["1"].fewer["reason"], found["1"].usual["reason"]) == (1, 0, 0)
    assert (found["2"].patients, found["2"].fewer["mask"], found["2"].usual["mask"]) == (2, 1, 1)
    early = reach(settings, held, paths, planted, {"1": 0, "2": 1})
    assert (early["1"].fewer["reason"], early["2"].fewer["mask"]) == (1, 2)


def test_lists_are_counted_in_records(store: tuple[Settings, Store]) -> None:
    settings, held = store
    planted: list[Planted] = [("1", 0, "u1", None), ("1", 0, "u1", None), ("1", 1, "u1", None), ("2", 0, "u2", None)]
    paths = plant(settings, held, planted, u1=140, u2=60)
    dates = [DAY, DAY + dt.timedelta(days=1), DAY]
    fill(held, "account_days", business_date=dates, user_id=["u1", "u1", "u2"], account_type=["human"] * 3)
    found = reach(settings, held, paths, planted)
    assert [(found[one].patients, found[one].records) for one in ("1", "2")] == [(0, 420), (0, 60)]
    assert found["1"].fewer == {"mask": 0, "limit_50": 320, "limit_250": 30, "close": 0, "reason": 0}
    assert found["2"].fewer == {"mask": 0, "limit_50": 10, "limit_250": 0, "close": 0, "reason": 0}


def kind(**changed: Any) -> DrilledKind:
    none = dict.fromkeys(("mask", "limit_50", "limit_250", "close", "reason"), 0)
    return replace(DrilledKind(1, 5, False, 15, 15, 90, 0, 0, none, none), **changed)


def record(last: dt.date = DAY, version: str = __version__, **kinds: DrilledKind) -> DrillRecord:
    return DrillRecord(
        version, "abc", dt.date(2026, 5, 1), last, {name.replace("_", "-"): one for name, one in kinds.items()}
    )


def test_a_drill_of_some_kinds_replaces_these_and_one_of_another_history_replaces_all(tmp_path: Path) -> None:
    assert read_drill(tmp_path) is None
    assert keep_drill(tmp_path, record(celebrity=kind(), self_lookup=kind()), None) == []
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600
    assert keep_drill(tmp_path, record(celebrity=kind(seed=2)), None) == []
    assert read_drill(tmp_path) == record(celebrity=kind(seed=2), self_lookup=kind())
    for other in (record(DAY + dt.timedelta(days=1), celebrity=kind()), record(version="9.9", celebrity=kind(seed=3))):
        before = read_drill(tmp_path)
        assert before is not None
        assert keep_drill(tmp_path, other, None) == sorted(set(before.kinds) - {"celebrity"})
        assert read_drill(tmp_path) == other
    assert list(tmp_path.iterdir()) == [tmp_path / FILE_NAME]


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"version": "1", "first": 3}', '{"kinds": {"celebrity": 1}}', "\xff"]
)
def test_what_cannot_be_read_is_no_drill_and_the_next_one_writes_it_anew(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE_NAME).write_bytes(content.encode("latin-1"))
    assert read_drill(tmp_path) is None
    assert keep_drill(tmp_path, record(celebrity=kind()), None) == []
    assert read_drill(tmp_path) == record(celebrity=kind())


@dataclass
class Witness:
    """What lay in the copies at the end of their replays, as rows."""

    events: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    days: dict[str, dict[tuple[Any, ...], tuple[str, bool, str, str | None]]] = field(default_factory=dict)
    fired: dict[str, set[tuple[Any, ...]]] = field(default_factory=dict)

    def look(self, store: Store, labels: pl.DataFrame, events: pl.DataFrame) -> None:
        days = {
            row[:3]: row[3:]
            for row in store.connection.execute(
                "select business_date, user_id, patient_id, account_type, contact, state, explanation from patient_days"
            ).fetchall()
        }
        fired = set(store.connection.execute(
            "select business_date, user_id from policy_days where pattern = 'inactive-account'"
        ).fetchall())  # fmt: skip
        until = dict(labels.select("label", "counts_until").unique().iter_rows())
        for row in events.iter_rows(named=True):
            label = row["label"]
            if label in until and (until[label] is None or row["business_date"] <= until[label]):
                self.events[label].append(row)
        self.days |= dict.fromkeys(until, days)
        self.fired |= dict.fromkeys(until, fired)

    def kept(self, label: str, measure: str) -> tuple[int, int, int]:
        """Patients (records) reached, and of them kept out without a ground, and as usual: one after the other."""
        rows = self.events[label]
        if measure.startswith("limit"):
            limit = int(measure.rpartition("_")[2])
            exports = [one for one in rows if one["action"] == "export"]
            by_day: dict[Any, int] = defaultdict(int)
            for one in exports:
                by_day[one["user_id"], one["business_date"]] += one["record_count"]
            over = sum(max(0, count - limit) for count in by_day.values())
            return sum(one["record_count"] for one in exports), over, 0
        opened = defaultdict(list)
        for key in {(one["business_date"], one["user_id"], one["patient_id"]) for one in rows if one["patient_id"]}:
            opened[key[2]].append((*key[:2], *self.days[label][key]))
        fewer = usual = 0
        for days in opened.values():
            is_usual = any(state == "explained" and why == "habit" for *_, state, why in days)
            if any(state == "explained" and why != "habit" for *_, state, why in days):
                fewer += measure == "close" and any(
                    self._touches(label, measure, one) for one in days if one[4] == "explained" and one[5] != "habit"
                )
                continue
            of_it = [one for one in days if is_usual is (one[4] == "explained")]
            if any(self._touches(label, measure, one) for one in of_it):
                usual, fewer = usual + is_usual, fewer + (not is_usual)
        return len(opened), fewer, usual

    def _touches(self, label: str, measure: str, day: tuple[Any, ...]) -> bool:
        date, user, account_type, contact, *_ = day
        if measure == "close":
            return (date, user) in self.fired[label]
        return account_type == "human" and (measure == "reason" or bool(contact))


KINDS = (
    "no-care-browsing",
    "contact-harvesting",
    "bulk-export",
    "inactive-account",
    "own-ward-contacts",
    "self-lookup",
)


@pytest.mark.heavy
def test_a_report_tells_what_a_drill_planted(judged: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = shutil.copytree(judged.folder, tmp_path / "site")
    settings = load_settings(folder)
    witness, real = Witness(), replay.replay_copy
    looked = episode_reach

    def watched(*arguments: Any, **more: Any) -> Any:
        task = arguments[3]

        def reach_of(store: Store, *rest: Any) -> dict[str, Reach]:
            witness.look(store, rest[2], task.events)
            return looked(store, *rest)

        monkeypatch.setattr(replay, "episode_reach", reach_of)
        return real(*arguments, **more)

    monkeypatch.setattr(replay, "replay_copy", watched)
    plan = Plan([PLANTERS[one] for one in KINDS], ("medium",), repeats=1, seed=3)
    result = drill(settings, plan, Silent())
    measures = ("mask", "limit_50", "limit_250", "close", "reason")
    assert len(result.outcomes) >= 4
    for one in result.outcomes:
        assert one.reach is not None
        counted = {measure: witness.kept(one.episode.order.label, measure) for measure in measures}
        assert one.reach.patients + one.reach.records == one.exposed
        assert {name: (one.reach.fewer[name], one.reach.usual[name]) for name in measures} == {
            name: told[1:] for name, told in counted.items()
        }
    keep_drill(settings.store.path.parent, drill_record(settings, plan, result), None)
    say = load_texts("en")
    done = called(
        ["-c", str(folder), "--lang", "en", "report", "--kind", "exposure", "--period", "month", "--format", "json"]
    )
    assert done.returncode == 0, done.stderr
    blocks = [
        block
        for part in json.loads(done.stdout)["parts"]
        for section in part["sections"] if section["id"] == "controls"
        for block in section["blocks"]
    ]  # fmt: skip
    table = next(block for block in blocks if block.get("id") == "drilled-controls")
    expected = []
    for family in Family:
        labels = [
            one.episode.order.label
            for one in result.outcomes
            if SCENARIOS[one.episode.order.planter.id].family is family
        ]
        for measure in measures:
            found = [one for label in labels if (one := witness.kept(label, measure))[0]]
            if found:
                reached, fewer, usual = (sum(column) for column in zip(*found, strict=True))
                expected.append({
                    "kind": say(f"drill.family_{family.value}"), "control": say(f"reach.measure_{measure}"),
                    "episodes": len(found), "exposed": reached, "fewer": fewer, "usual": usual,
                    "rest": reached - fewer - usual,
                })  # fmt: skip
    assert table["rows"] == expected
    assert any(row["fewer"] for row in expected)
    text = done.stdout.decode()
    tried = {one.episode.order.planter.id for one in result.outcomes}
    origin = {
        "first": result.history.first,
        "last": result.history.last,
        "version": __version__,
        "repeats": 1,
        "seeds": 3,
    }
    assert say("reach.drill_from", episodes=len(result.outcomes), kinds=len(tried), **origin) in text
    left_out = len(KINDS) - len(tried)
    assert not left_out or say("reach.drill_left_out", kinds=left_out) in text
    assert "--quick" not in text.replace("detector drill --quick", "")
    old = replace(drill_record(settings, plan, result), last=dt.date(2026, 1, 31), version="0.0.1")
    keep_drill(settings.store.path.parent, old, None)
    text = called(["-c", str(folder), "--lang", "en", "report", "--kind", "exposure", "--format", "md"]).stdout.decode()
    assert "This drill is old: its history ends on 2026-01-31" in text
    assert "made by version 0.0.1" in text
    (settings.store.path.parent / FILE_NAME).unlink()
    text = called(["-c", str(folder), "--lang", "zh", "report", "--kind", "exposure", "--format", "md"]).stdout.decode()
    assert "尚未保存演练结果" in text
