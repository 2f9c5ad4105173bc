"""A finding with everything in it, for the screens."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

FINDING: dict[str, Any] = {
    "finding_id": "3f9ac21b",
    "subject": "account",
    "patient_id": None,
    "source": None,
    "case_id": "3f9ac21b",
    "detected_on": "2026-06-20",
    "alerted_on": "2026-06-22",
    "last_seen_on": "2026-07-03",
    "user_id": "01077",
    "user_name": "刘晓燕",
    "department": "OB",
    "role": "护士",
    "account_type": "human",
    "window_start": "2026-06-12",
    "window_end": "2026-07-03",
    "risk": 87.4,
    "severity": "high",
    "alert": True,
    "patterns": ["maternity-harvesting", "contact-harvesting"],
    "reasons": [
        {
            "feature": "contact_without_care",
            "value": 41,
            "own_baseline": 2.25,
            "peer_baseline": 3.0,
            "contribution": 0.44,
            "text": "contact pages of 41 mothers who were not on the ward, without any clinical page",
        },
        {
            "feature": "targeted_search",
            "value": 12,
            "own_baseline": None,
            "peer_baseline": 1.0,
            "contribution": 0.21,
            "text": "12 按手机号查询，而不是从工作列表打开，时间大多集中在夜班交接之后的一小时之内\x1b[31m",
        },
        *(
            {
                "feature": f"f{rank}",
                "value": rank,
                "own_baseline": None,
                "peer_baseline": None,
                "contribution": 0.07,
                "text": f"reason {rank}",
            }
            for rank in range(3, 8)
        ),
    ],
    "policies": ["decoy-access"],
    "patients": 63,
    "records": 80,
    "accesses": 77,
    "event_ids": [f"his:{number}" for number in range(30)],
    "explained": [{"text": "covered the night shift of ward OB-2", "share": 0.31}],
    "sampled": False,
    "status": "open",
    "previous_finding_id": "00aa11bb",
    "method": {
        "version": "0.1.0",
        "configuration": "fd569bb917831b37c0ffee",
        "history": ["2026-05-01", "2026-07-03"],
        "standing": {"harvest": 2.33, "lookup": 0.2, "unusual": 0.05},
        "nats": {"harvest": 18.88, "lookup": 1.2, "unusual": 1.03},
        "thresholds": {"unusual": 21.0, "harvest": 8.1, "lookup": 5.85},
        "combined": 2.33,
        "margin": {"stream": "harvest", "nats": 18.88, "limit": 8.1, "unit": "patients", "of": 63, "fewer": 21},
        "policies": [
            {"id": "decoy-access", "version": 1, "sha256": "ab" * 32, "first_on": "2026-06-20", "last_on": "2026-07-03"}
        ],
        "context": [{"id": "staff", "version": "2026-07-03", "rows": 1234, "sha256": "0c" * 32}],
    },
    "alerted_by": ["policy", "ranking"],
    "decoys": 0,
}

DAYS: list[dict[str, Any]] = [
    {
        "business_date": date(2026, 5, 20) + timedelta(days=day),
        "accesses": 30 + day % 7,
        "patients": 12 + day % 5,
        "suspicious_accesses": max(0, day - 25),
        "suspicious_patients": max(0, (day - 25) // 2) * (day % 3 != 0),
        "evidence": 0.0,
    }
    for day in range(45)
]

EVIDENCE: list[dict[str, Any]] = [
    {
        "event_id": f"his:{number}",
        "local_time": f"2026-06-22 02:{number:02d}:11",
        "patient_id": f"P{100234 + number % 20}",
        "action": "view",
        "category": "demographics",
        "path": "logs/his-202606.csv",
        "row_number": 123 + number,
        "byte_position": 45678,
        "raw": '7,"=cmd|x\u202e",\x1b[31m',
        "explanation": None,
        "surprisal": 3000,
    }
    for number in range(30)
]

CHECKS = ["compare with the duty roster and swapped shifts", "ask the ward sister which task needs contact pages"]
