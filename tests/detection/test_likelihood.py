"""How surprising is an access, and how much does it weigh? Shares recomputed by hand, and who may excuse whom."""

from __future__ import annotations

import datetime as dt
import math
import random
from collections import Counter
from collections.abc import Iterable
from typing import Any

import polars as pl
import pytest

from detector.detection import likelihood
from detector.detection.hypotheses import ACCESS_TYPES, HYPOTHESES
from detector.detection.likelihood import (
    ALONE_FACTOR,
    FLOOR,
    MICRO,
    expected_shares,
    habits,
    label_counts,
    labelled,
    score,
)
from detector.detection.streams import BY_ID, PEOPLE_COMPONENTS
from detector.model.relations import WITH_CARE, WITHOUT_CARE
from tests.detection.worlds import hospital

DATE = dt.date(2026, 3, 20)
HABIT_TYPES = {
    "business_date": pl.Date,
    **dict.fromkeys(("user_id", "department", "role", "view", "label"), pl.String),
    **dict.fromkeys(("recent", "past", "current"), pl.Int64),
}
HARVEST_ANY_40 = next(one for one in HYPOTHESES[0].components if one.name == "harvest_any_40")
Row = tuple[str, str, str, str, int, int] | tuple[str, str, str, str, int, int, int]
FACTS: dict[str, Any] = {
    "business_date": DATE, "user_id": "n1", "patient_id": "p1", "department": "OB", "role": "nurse",
    "relation": "stranger", "without_care": True, "corroboration": "none", "access_type": "read", "household": False,
    "vip": False, "colleague": False, "wrote": False, "new_account": False, "approved_patterns": None,
    "at_night": False, "off_roster": None, "unit_rests": False,
}  # fmt: skip


def habit(rows: Iterable[Row]) -> pl.DataFrame:
    """Habits of one view: user, department, role, label, recent, past and, where it matters, current."""
    full = [(DATE, *row[:3], "relation", *row[3:6], row[6] if len(row) == 7 else 0) for row in rows]
    return pl.DataFrame(full, schema=HABIT_TYPES, orient="row")


def shares(rows: Iterable[Row], *wanted: tuple[str, str, str, str]) -> list[dict[str, Any]]:
    names = ["user_id", "department", "role", "label"]
    asked = pl.DataFrame(wanted, schema=names, orient="row").with_columns(
        view=pl.lit("relation"), business_date=pl.lit(DATE)
    )
    return expected_shares(habit(rows), asked).to_dicts()


def facts(*rows: dict[str, Any]) -> pl.DataFrame:
    types = {"approved_patterns": pl.String, "off_roster": pl.Boolean}
    frame = pl.DataFrame([FACTS | row for row in rows], schema_overrides=types)
    return labelled(frame)


def scored(
    *rows: dict[str, Any], habits: pl.DataFrame | None = None, seen: Iterable[tuple[str, str]] = (), short: bool = False
) -> list[dict[str, Any]]:
    known = pl.DataFrame(list(seen), schema={"user_id": pl.String, "patient_id": pl.String}, orient="row")
    given = pl.DataFrame(schema=HABIT_TYPES) if habits is None else habits
    accesses = facts(*rows)
    first = accesses["business_date"].min() if short else None
    return score(accesses, given, known, first).sort("user_id", "patient_id").to_dicts()


def oracle(
    rows: list[tuple[str, str, str, str, int, int, int]], wanted: tuple[str, str, str, str]
) -> tuple[float, float]:
    """Peer share and share of one account, one label, by counting row by row."""
    user, department, role, label = wanted

    def counts(keep: Any, column: int = 4) -> tuple[int, int]:
        kept = [row for row in rows if row[0] != user and keep(row)]
        return sum(row[column] for row in kept if row[3] == label), sum(row[column] for row in kept)

    def drawn(count: float, total: float, parent: float, most: float = 300) -> float:
        weight = min(1 / parent, 300, most)
        return (count + weight * parent) / (total + weight)

    of_all, all_total = counts(lambda _: True)
    every = (of_all + 0.5) / (all_total + 100)
    in_unit = drawn(*counts(lambda row: row[1] == department), every)
    in_role = drawn(*counts(lambda row: row[2] == role), every)

    def among_peers(column: int, parent: float) -> float:
        others: Counter[str] = Counter()
        for row in rows:
            if row[0] != user and row[1:4] == (department, role, label):
                others[row[0]] += row[column]
        peers, total = counts(lambda row: row[1:3] == (department, role), column)
        return drawn(max(0, peers - max(others.values(), default=0)), total, parent)

    peer = among_peers(4, (in_unit + in_role) / 2)
    peer = max(peer, among_peers(6, peer))
    past = sum(row[5] for row in rows if row[0] == user and row[3] == label)
    _, known = counts(lambda row: row[1:3] == (department, role))
    own = drawn(past, sum(row[5] for row in rows if row[0] == user), peer, 5 + known)
    return peer, max((peer + own) / 2, FLOOR)


def test_shares_are_those_of_a_slow_count() -> None:
    for seed in range(8):
        chance = random.Random(seed)
        people = {f"u{n}": (chance.choice("AB"), chance.choice("xy")) for n in range(chance.randint(2, 12))}
        rows = [
            (
                user,
                *place,
                label,
                chance.choice([0, 0, 1, 3, 40]),
                chance.choice([0, 0, 2, 30]),
                chance.choice([0, 0, 9]),
            )
            for user, place in people.items()
            for label in "kmn"
            if chance.random() < 0.7
        ]
        wanted = [(user, *place, label) for user, place in people.items() for label in "kmz"]
        for got in shares(rows, *wanted):
            peer, share = oracle(rows, (got["user_id"], got["department"], got["role"], got["label"]))
            assert got["peer_share"] == pytest.approx(peer, rel=1e-9), seed
            assert got["share"] == pytest.approx(share, rel=1e-9), seed


def test_who_is_alone_in_a_task_is_measured_by_the_own_days() -> None:
    """Seven accesses say little beside a ward's thousands, and much where nobody else does such work."""
    others: list[Row] = [(f"n{number}", "OB", "nurse", "usual", 500, 500) for number in range(10)]
    alone: Row = ("it", "IT", "engineer", "stranger", 7, 7)
    among: Row = ("n", "OB", "nurse", "stranger", 7, 7)
    (of_engineer,) = shares([*others, alone], ("it", "IT", "engineer", "stranger"))
    (of_nurse,) = shares([*others, among], ("n", "OB", "nurse", "stranger"))
    assert of_engineer["share"] > 0.25
    assert of_nurse["share"] < 0.02


WARD: list[Row] = [(f"n{number}", "OB", "nurse", "usual", 200, 200) for number in range(10)]


def share_of(rows: list[Row], user: str, label: str) -> float:
    return float(shares(rows, (user, "OB", "nurse", label))[0]["share"])


class TestShares:
    def test_what_an_account_did_lately_never_excuses_it(self) -> None:
        quiet, loud = [*WARD, ("n0", "OB", "nurse", "odd", 0, 0)], [*WARD, ("n0", "OB", "nurse", "odd", 500, 0)]
        assert share_of(loud, "n0", "odd") == share_of(quiet, "n0", "odd")

    def test_it_excuses_others_but_not_if_it_is_alone(self) -> None:
        alone = [*WARD, ("n1", "OB", "nurse", "odd", 50, 0)]
        usual = [*alone, ("n2", "OB", "nurse", "odd", 50, 0), ("n3", "OB", "nurse", "odd", 50, 0)]
        peer = [shares(rows, ("n0", "OB", "nurse", "odd"))[0]["peer_share"] for rows in (WARD, alone, usual)]
        assert peer[1] < 0.03  # only through the wider groups, not as a peer
        assert peer[2] > 2 * peer[1]

    def test_two_who_do_the_same_are_not_each_other_s_excuse(self) -> None:
        two = [*WARD, ("n1", "OB", "nurse", "odd", 50, 0), ("n2", "OB", "nurse", "odd", 50, 0)]
        three = [*two, ("n3", "OB", "nurse", "odd", 50, 0)]
        assert share_of(two, "n1", "odd") < 0.75 * share_of(three, "n1", "odd")

    def test_what_several_peers_begin_together_is_the_unit_s_movement(self) -> None:
        quiet = [(*row, 50) for row in WARD]
        one, two, four = (
            [*quiet, *((f"n{n}", "OB", "nurse", "odd", 0, 0, 20) for n in range(1, 1 + k))] for k in (1, 2, 4)
        )
        peer = [shares(rows, ("n0", "OB", "nurse", "odd"))[0]["peer_share"] for rows in (quiet, one, two, four)]
        assert peer[1] <= peer[0]  # one who is loud is nobody's excuse
        assert peer[2] > 3 * peer[0]
        assert peer[3] > 2 * peer[2]

    def test_the_own_habit_counts_from_before(self) -> None:
        assert share_of([*WARD, ("n0", "OB", "nurse", "odd", 0, 100)], "n0", "odd") > 20 * share_of(WARD, "n0", "odd")

    def test_little_data_leans_on_the_wider_group(self) -> None:
        nurses = [
            (f"g{n}", "GYN", "nurse", label, count, 0) for n in range(6) for label, count in (("a", 30), ("b", 70))
        ]
        few, many = [*nurses, ("n1", "OB", "nurse", "b", 3, 0)], [*nurses, ("n1", "OB", "nurse", "b", 3000, 0)]
        (small,), (large,) = (shares(rows, ("n0", "OB", "nurse", "a")) for rows in (few, many))
        assert small["peer_share"] > 0.1
        assert large["peer_share"] < 0.05

    def test_an_unknown_person_in_an_unknown_ward_gets_a_share(self) -> None:
        (row,) = shares(WARD, ("new", "ICU", "doctor", "odd"))
        assert FLOOR <= row["share"] < 0.01

    def test_nothing_is_rarer_than_the_floor(self) -> None:
        rows = [(f"n{n}", "OB", "nurse", "usual", 100_000, 100_000) for n in range(10)]
        assert share_of(rows, "n0", "odd") == FLOOR


class TestHabits:
    def rows(self, days: dict[str, int], date: str, first: str) -> list[dict[str, Any]]:
        connection = hospital().connection()
        for day, patients in days.items():
            connection.execute(
                "insert into label_days values (?, 'n1', 'OB', 'nurse', 'relation', 'k', ?)", [day, patients]
            )
        return habits(connection, [dt.date.fromisoformat(date)], dt.date.fromisoformat(first)).to_dicts()

    def read(self, days: dict[str, int], date: str, first: str) -> tuple[int, int]:
        rows = self.rows(days, date, first)
        return (rows[0]["recent"], rows[0]["past"]) if rows else (0, 0)

    def test_the_unit_s_movement_is_a_week_with_the_day_itself(self) -> None:
        days = {"2026-03-21": 1, "2026-03-20": 10, "2026-03-14": 100, "2026-03-13": 1000}
        assert self.rows(days, "2026-03-20", "2025-01-01")[0]["current"] == 110

    def test_the_own_habit_ends_four_weeks_ago_and_the_peers_begin_there(self) -> None:
        days = {"2026-03-20": 1, "2026-03-19": 10, "2026-02-20": 100, "2026-02-19": 1000, "2025-12-19": 5000}
        assert self.read(days, "2026-03-20", "2025-01-01") == (110, 1000)

    def test_neither_the_day_itself_nor_later_ones_count(self) -> None:
        assert self.read({"2026-03-20": 1, "2026-03-21": 1}, "2026-03-20", "2025-01-01") == (0, 0)

    def test_at_the_start_it_is_learned_from_the_first_days(self) -> None:
        days = {"2026-03-01": 1, "2026-03-10": 10, "2026-03-11": 100, "2026-03-19": 1000}
        assert self.read(days, "2026-03-20", "2026-03-01") == (1111, 11)
        assert self.read(days, "2026-03-05", "2026-03-01") == (1, 1)


class TestLabels:
    def test_the_views(self) -> None:
        rows = facts(
            {},
            {"relation": "discharged_14", "vip": True},
            {"relation": "inpatient", "without_care": False, "vip": True},
        )
        assert rows["label_relation"].to_list() == [
            "stranger/none/read",
            "discharged_14/none/read",
            "inpatient/none/read",
        ]
        assert rows["label_kind"].to_list() == ["unrelated/none/read", "past/none/read", "inpatient/none/read"]
        assert rows["label_object"].to_list() == ["other", "vip", "other"]

    def test_whose_record_it_is_matters_only_without_a_relation(self) -> None:
        flags = {"household": True, "vip": True, "colleague": True}
        rows = facts(
            flags, flags | {"household": False}, {"colleague": True}, {"relation": "visit_elsewhere", "vip": True}
        )
        assert rows["label_object"].to_list() == ["household", "vip", "colleague", "vip_there"]

    def test_counts_are_patients_per_view(self) -> None:
        counts = label_counts(facts({}, {"patient_id": "p2"}, {"patient_id": "p3", "access_type": "contact"}))
        found = {(row["view"], row["label"]): row["patients"] for row in counts.to_dicts()}
        assert found[("relation", "stranger/none/read")] == 2
        assert found[("object", "other")] == 3
        assert counts["patients"].sum() == 3 * len(likelihood.VIEWS)

    def test_weights_of_a_hypothesis_are_a_distribution_over_known_labels(self) -> None:
        relations = {*WITH_CARE, *WITHOUT_CARE}
        for hypothesis in HYPOTHESES:
            assert hypothesis.fresh_cap <= hypothesis.daily_cap
            for weights in hypothesis.focuses.values():
                assert sum(weights.values()) == pytest.approx(1)
                parts = [label.split("/") for label in weights if hypothesis.view == "relation"]
                assert {part[0] for part in parts} <= relations
                assert {part[1] for part in parts} <= {"unit", "other", "none"}
                assert {part[2] for part in parts} <= set(ACCESS_TYPES)


class TestWeight:
    def test_is_the_log_of_the_likelihood_ratio(self) -> None:
        others = habit([("n2", "GYN", "nurse", "other", 10**9, 0)])  # the task is known, and this is no part of it
        (row,) = scored({"access_type": "contact"}, habits=others)
        for hypothesis in HYPOTHESES:
            for component in hypothesis.components:
                weights, share = component.weights, component.share
                weight = weights.get(row[f"label_{hypothesis.view}"], 0.0)
                expected = math.log(1 - share + share * weight / row[f"share_{hypothesis.view}"])
                counts = not component.off_duty
                assert row[component.name] == pytest.approx(counts * expected * MICRO, abs=1)

    def test_the_work_of_the_day_says_nothing_about_the_evening_off_duty(self) -> None:
        work = [{"patient_id": f"w{n}", "relation": "inpatient", "corroboration": "unit"} for n in range(90)]
        taken = [{"patient_id": f"t{n}"} for n in range(10)]
        colleagues = [
            ("n2", 600, "inpatient/unit/read"),
            ("n3", 8, "stranger/none/read"),
            ("n4", 8, "stranger/none/read"),
        ]
        usual = habit([(user, "OB", "nurse", label, count, 0) for user, count, label in colleagues])

        def strongest(*, off_roster: bool | None, off_duty: bool) -> float:
            rows = scored(*work, *({**one, "off_roster": off_roster} for one in taken), habits=usual)
            no_care = next(one for one in HYPOTHESES if one.id == "no_care")
            names = [one.name for one in no_care.components if one.off_duty == off_duty]
            return max(sum(row[name] for row in rows) for name in names) / MICRO

        assert strongest(off_roster=True, off_duty=False) < 1
        assert strongest(off_roster=True, off_duty=True) > 5
        assert strongest(off_roster=False, off_duty=True) == strongest(off_roster=None, off_duty=True) == 0

    def test_innocent_work_does_not_add_up(self) -> None:
        """While an account follows its habit the ratio is one on average, whatever the habit."""
        labels = [f"{relation}/{support}/{manner}" for relation in (*WITH_CARE, *WITHOUT_CARE)
                  for support in ("unit", "other", "none") for manner in ACCESS_TYPES]  # fmt: skip
        chance = random.Random(5)
        raw = [chance.random() ** 4 + 1e-4 for _ in labels]
        habit = [one / sum(raw) for one in raw]
        rows = facts({}).join(pl.DataFrame({"label": labels, "p": habit}), how="cross")
        rows = rows.with_columns(
            label_relation="label", share_relation="p", repeated=pl.lit(value=False), unknown_task=0.0
        )
        rows = rows.with_columns(discount=likelihood.discount())
        for hypothesis in (one for one in HYPOTHESES if one.view == "relation"):
            for component in hypothesis.components:
                weights, share = component.weights, component.share
                nats = rows.select(likelihood.weight_of_evidence(hypothesis.view, weights, share)).to_series() / MICRO
                assert (nats.exp() * rows["p"]).sum() == pytest.approx(1, abs=1e-5)

    def test_an_approval_leaves_a_fifth_and_takes_no_innocence(self) -> None:
        plain, approved = (
            scored({"access_type": "contact"}),
            scored({"access_type": "contact", "approved_patterns": ""}),
        )
        for column in PEOPLE_COMPONENTS:
            before, after = plain[0][column], approved[0][column]
            assert after == (before if before <= 0 else pytest.approx(0.2 * before, abs=1))
        assert approved[0]["harvest_any_40"] > 0

    @pytest.mark.parametrize(
        ("patterns", "manner", "covered"),
        [
            (None, "read", False), ("", "read", True), ("bulk-export", "export", True), ("bulk-export", "read", False),
            ("targeted-lookup|bulk-export", "targeted", True), ("contact-harvesting", "sensitive", False),
            ("decoy-access", "read", False),
        ],
    )  # fmt: skip
    def test_an_approval_covers_the_manners_of_its_patterns(
        self, patterns: str | None, manner: str, covered: bool
    ) -> None:
        rows = facts({"approved_patterns": patterns, "access_type": manner}).select(
            likelihood.approval_covers().alias("covered")
        )
        assert rows["covered"].to_list() == [covered]

    def test_coming_back_adds_a_part(self) -> None:
        (first,) = scored({"access_type": "contact"})
        (again,) = scored({"access_type": "contact"}, seen=[("n1", "p1"), ("n2", "p2")])
        assert again["harvest_any_40"] == pytest.approx(0.3 * first["harvest_any_40"], abs=1)
        (other,) = scored({"access_type": "contact"}, seen=[("n2", "p1"), ("n1", "p2")])
        assert other["harvest_any_40"] == first["harvest_any_40"]

    def test_a_task_that_nobody_knows_adds_a_part(self) -> None:
        def left(*rows: Row) -> float:
            nobody, somebody = (
                scored({"access_type": "contact"}),
                scored({"access_type": "contact"}, habits=habit(rows)),
            )
            assert nobody[0]["unknown_task"] == 1
            share, column = somebody[0]["share_relation"], "harvest_any_40"
            weight = HARVEST_ANY_40.weights["stranger/none/contact"]
            return float(somebody[0][column]) / MICRO / math.log(0.6 + 0.4 * weight / share)

        elsewhere = ("n2", "GYN", "nurse", "stranger/none/read")
        assert left(("n2", "GYN", "clerk", "stranger/none/read", 500, 500)) == pytest.approx(ALONE_FACTOR, abs=1e-4)
        assert left((*elsewhere, 50, 50)) == pytest.approx(1 - (1 - ALONE_FACTOR) / 2, abs=1e-4)
        assert left((*elsewhere, 5000, 5000)) == pytest.approx(1, abs=0.01)
        assert left(("n1", "OB", "nurse", "stranger/none/read", 0, 5000)) == pytest.approx(1, abs=0.01)

    def test_a_new_account_may_read_to_learn_but_not_collect_phones(self) -> None:
        (plain,), (new,) = scored({}), scored({"new_account": True})
        assert new["no_care_any_40"] == pytest.approx(likelihood.NEW_FACTOR * plain["no_care_any_40"], abs=1)
        (plain,), (new,) = scored({"access_type": "contact"}), scored({"access_type": "contact", "new_account": True})
        assert new["harvest_any_40"] == plain["harvest_any_40"]

    def test_a_campaign_that_leaves_notes_counts_less(self) -> None:
        calls = [{"patient_id": f"p{n}", "access_type": "contact"} for n in range(6)]
        noted = [{"patient_id": f"w{n}", "access_type": "write", "wrote": True} for n in range(2)]
        bare, with_notes = scored(*calls)[0], scored(*calls, *noted)[0]
        assert with_notes["harvest_any_40"] == pytest.approx(0.6 * bare["harvest_any_40"], abs=1)
        elsewhere = scored(*calls, *({"user_id": "n2"} | note for note in noted))[0]
        assert elsewhere["harvest_any_40"] == bare["harvest_any_40"]

    def test_everyday_work_is_no_evidence(self) -> None:
        rows = [(DATE, f"n{n}", "OB", "nurse", "relation", "stranger/none/read", 500, 500, 0) for n in range(8)]
        usual = pl.DataFrame(rows, schema=HABIT_TYPES, orient="row")
        (row,) = scored({}, habits=usual)
        assert row["share_relation"] > 0.9
        assert all(row[name] <= 0 for name in BY_ID["no_care"].components)
        (vip,) = scored({"vip": True}, habits=usual)
        assert all(vip[name] <= 0 for name in BY_ID["acquaintance"].components)

    def test_a_habit_of_one_kind_softens_its_siblings(self) -> None:
        rows = [(DATE, f"n{n}", "OB", "nurse", "kind", "past/none/read", 500, 500, 0) for n in range(8)]
        softened = pl.DataFrame(rows, schema=HABIT_TYPES, orient="row")
        (row,) = scored({"relation": "former"}, habits=softened)
        (stranger,) = scored({}, habits=softened)
        assert row["share_relation"] > 0.1 > stranger["share_relation"]

    def test_one_access_does_not_hang_on_the_others_of_the_batch(self) -> None:
        chance = random.Random(3)
        rows = [
            {
                "user_id": f"n{n % 5}",
                "patient_id": f"p{n}",
                "relation": chance.choice(WITHOUT_CARE),
                "access_type": chance.choice(ACCESS_TYPES),
            }
            for n in range(40)
        ]
        together = {(row["user_id"], row["patient_id"]): row for row in scored(*rows)}
        for row in scored(*(row for row in rows if row["user_id"] == "n3")):
            assert row == together[(row["user_id"], row["patient_id"])]


class TestShortHabit:
    """The first days of a history explain no contact page that is collected out of hours."""

    LABEL = "stranger/none/contact"

    def shares(self, peers_do_it: int = 0, short: bool = True, **access: Any) -> dict[str, float]:
        rows: list[Row] = [(f"n{number}", "OB", "nurse", "usual", 200, 200) for number in range(10)]
        rows += [(f"n{number}", "OB", "nurse", self.LABEL, 60, 60) for number in (1, *range(2, 2 + peers_do_it))]
        given = {"access_type": "contact", "at_night": True} | access
        (one,) = scored(given, habits=habit(rows), short=short)
        return one  # type: ignore[return-value]

    def test_the_own_first_days_do_not_explain_it(self) -> None:
        own, of_peers = self.shares(short=False), self.shares()
        assert own["share_relation"] >= likelihood.HABIT_SHARE > of_peers["share_relation"]
        assert own["harvest_any_10"] < 0 < of_peers["harvest_any_10"]

    @pytest.mark.parametrize(
        "access",
        [{"at_night": False}, {"access_type": "read"}, {"relation": "inpatient", "without_care": False}],
    )
    def test_they_explain_work_in_hours_reading_and_the_own_patients(self, access: dict[str, Any]) -> None:
        assert self.shares(**access)["share_relation"] == self.shares(short=False, **access)["share_relation"]

    def test_off_the_roster_is_out_of_hours(self) -> None:
        day = self.shares(at_night=False, off_roster=False)
        assert self.shares(at_night=False, off_roster=True)["share_relation"] < day["share_relation"]

    def test_when_nobody_else_of_the_unit_works_is_out_of_hours(self) -> None:
        day = self.shares(at_night=False)
        assert self.shares(at_night=False, unit_rests=True)["share_relation"] < day["share_relation"]

    def test_the_unit_rests_outside_the_hours_of_the_colleagues(self) -> None:
        at = [dt.datetime.fromisoformat(f"2026-03-20 {hour:02d}:30") for hour in (7, 8, 17, 18)]
        accesses = pl.DataFrame({"department": "OB", "user_id": ["n1"] * 4, "first_at": at})
        hours = pl.DataFrame({"department": ["OB"], "user_id": ["n1"], "first_hour": [8], "last_hour": [17]})
        assert likelihood.with_unit_hours(accesses, hours)["unit_rests"].to_list() == [True, False, False, True]
        assert not likelihood.with_unit_hours(accesses, hours.clear())["unit_rests"].any()

    def test_what_the_peers_do_explains_it(self) -> None:
        assert self.shares(peers_do_it=6)["share_relation"] >= likelihood.HABIT_SHARE

    def test_a_habit_is_short_until_it_is_older_than_four_weeks(self) -> None:
        known_from = likelihood.habit_is_known_from(dt.date(2026, 3, 1))
        assert known_from == dt.date(2026, 4, 8)  # ten days, and four weeks


def test_bits() -> None:
    found = pl.DataFrame({"share": [1.0, 0.5, 2.0**-12]}).select(likelihood.bits(pl.col("share")))
    assert found.to_series().to_list() == pytest.approx([0, 1, 12])
