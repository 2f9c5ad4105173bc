"""A policy that fired on several dates tells them all, each column as the policy says."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from detector.model.policy_sentences import PolicySentence, fired_together

SENTENCE = PolicySentence(
    {
        "zh": "{patients} 份，{events} 条，首次 {first_at}，止 {last_at}，{places}，"
        "{switches}，{pace}，{peers}，{lowest}",
        "en": "{patients}, {events}, {first_at}, {last_at}, {places}, {switches}, {pace}, {peers}, {lowest}",
    },
    {"switches": "sum", "pace": "range", "lowest": "least"},
)


def fired(day: int, patients: list[str], times: tuple[int, int] = (9, 10), **values: Any) -> dict[str, Any]:
    first, last = (dt.datetime.combine(dt.date(2026, 7, day), dt.time(hour, 30, 20)) for hour in times)
    named = {"patients": 0, "events": 0, "first_at": "", "last_at": "", **values}
    return {
        "business_date": dt.date(2026, 7, day), "policy_id": "x", "patient_ids": patients, "patients": len(patients),
        "records": len(patients), "returned": 0, "accesses": 2, "events": 3, "first_at": first, "last_at": last,
        "event_ids": [f"e{day}"], "sentence": SENTENCE.document(), "reason_values": json.dumps(named),
        "reason_zh": "旧", "reason_en": "old",
    }  # fmt: skip


def own(places: list[str], switches: int, pace: int, peers: int | None, lowest: str) -> dict[str, Any]:
    return {"places": places, "switches": switches, "pace": pace, "peers": peers, "lowest": lowest}


def test_it_counts_each_event_and_each_patient_once_and_begins_with_the_first() -> None:
    days = [fired(4, ["d1"], (7, 8), **own(["b"], 2, 3, 9, "999")), fired(6, ["d1", "d2"], **own(["a"], 5, 4, 8, "1"))]
    together = fired_together(days)
    assert together["reason_en"] == "2, 6, 2026-07-04 07:30, 2026-07-06 10:30, a, b, 7, 3–4, 8, 1"
    assert together["reason_zh"].startswith("2 份，6 条，首次 2026-07-04 07:30，止 2026-07-06 10:30，a、b，7")
    assert (together["accesses"], together["records"], together["event_ids"]) == (4, 2, ["e4", "e6"])
    assert json.loads(together["reason_values"])["patients"] == 2


def test_one_date_is_told_as_it_is() -> None:
    (alone,) = [fired(4, ["d1"], **own([], 2, 3, None, "10"))]
    assert fired_together([alone])["reason_en"] == "1, 3, 2026-07-04 09:30, 2026-07-04 10:30, ?, 2, 3, ?, 10"


def test_exports_add_up_and_record_numbers_are_ordered_by_length() -> None:
    days = [fired(4, [], **own([], 1, 1, 1, "1000")), fired(5, [], **own([], 1, 1, 1, "999"))]
    together = fired_together([day | {"returned": 700, "records": 700} for day in days])
    assert together["records"] == 1400
    assert json.loads(together["reason_values"])["lowest"] == "999"


def test_a_date_of_an_earlier_version_keeps_its_sentence() -> None:
    day = fired(4, ["d1"]) | {"sentence": None, "returned": None}
    assert fired_together([day])["reason_en"] == "old"


def test_a_silence_that_lasts_is_told_once() -> None:
    sentence = PolicySentence(
        {"zh": "{hours} {length}", "en": "{hours} {length}"}, {"hours": "spans", "length": "sum"}
    ).document()
    spans = (
        (["2026-07-03 02:00–04:00"], 2),
        (["2026-07-04 20:00–24:00"], 4),
        (["2026-07-04 20:00–2026-07-05 24:00"], 28),
    )
    days = [
        fired(3 + number, []) | {"sentence": sentence, "reason_values": json.dumps({"hours": hours, "length": length})}
        for number, (hours, length) in enumerate(spans)
    ]
    told = fired_together(days)
    assert told["reason_en"] == "2026-07-03 02:00–04:00, 2026-07-04 20:00–2026-07-05 24:00 30"
