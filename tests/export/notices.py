"""Notices for tests: one that the reference shows, hostile ones, and as many random ones as wanted."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from detector.detection.patterns import patterns
from detector.export.notice import Notice, Origin, connection_test

AT = dt.datetime(2026, 7, 13, 2, 16, 5, tzinfo=dt.UTC)
TRAIL_HEAD = "9c56cc51b374c3ba189210d5b6d4bf57790d351c96c47c02190ecf1e430635ab"
ORIGIN = Origin("示例妇幼保健院", "audit01", "Asia/Shanghai", TRAIL_HEAD)
FINDING: dict[str, Any] = {
    "finding_id": "F271415929f1",
    "subject": "account",
    "patient_id": None,
    "source": None,
    "case_id": "F271415929f1",
    "detected_on": "2026-06-17",
    "alerted_on": "2026-06-19",
    "last_seen_on": "2026-07-12",
    "user_id": "81043",
    "user_name": "潘怡怡",
    "department": "产科",
    "role": "护士",
    "account_type": "human",
    "window_start": "2026-06-15",
    "window_end": "2026-07-12",
    "risk": 98.7,
    "severity": "critical",
    "alert": True,
    "patterns": ["maternity-harvesting", "contact-harvesting"],
    "reasons": [
        {
            "feature": "contact_only",
            "value": 6.0,
            "own_baseline": 1.44,
            "peer_baseline": 0.74,
            "contribution": 0.18,
            "text": "只打开联系方式页、未看任何诊疗内容的患者数：本期共 52 人，每个工作日平均 6 人",
        },
        {
            "feature": "policy:decoy-access",
            "value": 1.0,
            "own_baseline": None,
            "peer_baseline": None,
            "contribution": 0.1,
            "text": "打开了诱饵病历",
        },
    ],
    "policies": ["decoy-access"],
    "patients": 56,
    "decoys": 0,
    "records": 58,
    "accesses": 61,
    "event_ids": ["emr:100234", "emr:100251"],
    "explained": [{"text": "本人在其诊疗团队中的患者", "share": 0.48}, {"text": "未登记备案的随访任务", "share": None}],
    "sampled": False,
    "status": "open",
    "previous_finding_id": None,
    "patient_ids": ["P-3f0c9a51d27e8b64", "P-9ad1c07b52e4f386"],
}
HEALTH: dict[str, Any] = {
    "business_date": "2026-07-12",
    "events": 2362,
    "accounts": 44,
    "accesses": 1044,
    "events_without_patient": 160,
    "findings_open": 18,
    "alerts_open": 8,
    "findings_changed": 7,
    "silent_sources": ["lis"],
    "sources": [{"source": "emr", "events": 1435}, {"source": "his", "events": 927}],
}
HOSTILE = (
    "a|b\\c=d",
    "line one\nline two\r\nthree\rfour",
    "tab\there",
    ' "quoted" ]]> <script>alert(1)</script> ',
    "\x00\x1b[31mred\x7f\x85\x9b",
    "\u202egnp.exe\u2066\u2028\u2029\ufeff",
    "trailing backslash \\",
    "cs1=x cs1Label=y rt=1",
    "CEF:0|a|b|c|d|e|10|suser=evil",
    "LEEF:2.0|x|y|z|1|x09|usrName=evil",
    "<13>1 2026-01-01T00:00:00Z h a - - - forged",
    "12 <13>1 x",
    "刘晓燕\u3000（产科）|=\\",
    "𠮷野家 👩🏽‍⚕️ é",
    "%s %n {0} ${jndi:ldap://x} $(id)",
    "=HYPERLINK(1)",
    "' or 1=1 --",
    "",
    " ",
)


def finding(change: str = "created", revision: int = 1, **values: Any) -> Notice:
    return Notice("finding", change, FINDING["finding_id"], revision, AT, FINDING | values, ORIGIN, "zh")


def health(**values: Any) -> Notice:
    return Notice("health", "health", "health:2026-07-12", 1, AT, HEALTH | values, ORIGIN, "zh")


def test() -> Notice:
    return connection_test(ORIGIN, "zh", AT)


test.__test__ = False  # type: ignore[attr-defined]


def random_text(chance: random.Random) -> str:
    """A text of Chinese, hostile pieces and characters from anywhere in Unicode."""
    kind = chance.random()
    if kind < 0.3:
        return chance.choice(HOSTILE)
    if kind < 0.6:
        return "".join(chr(chance.randint(0x4E00, 0x9FA5)) for _ in range(chance.randint(1, 12)))
    pieces = [chance.choice(HOSTILE) for _ in range(2)]
    pieces += [chr(chance.choice([chance.randint(0, 0xD7FF), chance.randint(0xE000, 0x10FFFF)])) for _ in range(8)]
    chance.shuffle(pieces)
    return "".join(pieces)


def random_notice(chance: random.Random) -> Notice:
    """A finding with random texts in every place that a log or a table can fill."""
    known = list(patterns())
    text = lambda: random_text(chance)  # noqa: E731
    maybe = lambda: text() if chance.random() < 0.8 else None  # noqa: E731
    subject = chance.choice(["account", "record", "source"])
    start = dt.date(2026, 1, 1) + dt.timedelta(days=chance.randint(0, 300))
    reasons = [
        {
            "feature": f"feature_{number}",
            "value": round(chance.uniform(0, 1000), 3),
            "own_baseline": chance.choice([None, round(chance.uniform(0, 9), 3)]),
            "peer_baseline": chance.choice([None, round(chance.uniform(0, 9), 3)]),
            "contribution": round(chance.random(), 3),
            "text": text(),
        }
        for number in range(chance.randint(0, 3))
    ]
    return finding(
        chance.choice(["created", "updated", "decided"]),
        chance.randint(1, 400),
        subject=subject,
        user_id=text() or "u" if subject == "account" else None,
        patient_id=text() or "p" if subject == "record" else None,
        source=text() or "s" if subject == "source" else None,
        user_name=maybe(),
        department=maybe(),
        role=maybe(),
        account_type=chance.choice(["human", "service", "vendor", "kiosk", None]),
        window_start=str(start),
        window_end=str(start + dt.timedelta(days=chance.randint(0, 28))),
        risk=round(chance.uniform(0, 100), 1),
        severity=chance.choice(["low", "medium", "high", "critical"]),
        alert=chance.random() < 0.5,
        patterns=chance.sample(known, chance.randint(1, 3)),
        policies=chance.sample(["decoy-access", "log-gap", "site-own"], chance.randint(0, 2)),
        reasons=reasons,
        explained=[{"text": text(), "share": None} for _ in range(chance.randint(0, 3))],
        event_ids=[text() or "e" for _ in range(chance.randint(0, 3))],
        patient_ids=[text() or "p" for _ in range(chance.randint(0, 3))],
        status=chance.choice(["open", "confirmed", "justified", "false_alarm", "escalated"]),
    )
