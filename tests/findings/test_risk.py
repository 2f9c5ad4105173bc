"""Evidence and policies make one risk."""

from __future__ import annotations

import polars as pl
import pytest

from detector.findings.risk import account_risk, account_severity

NOTHING = pl.DataFrame(schema={"severity": pl.String, "alert": pl.Boolean})


def fired(*policies: tuple[str, bool]) -> pl.DataFrame:
    return pl.DataFrame(policies, schema=NOTHING.schema, orient="row")


def test_at_the_threshold_the_risk_is_fifty() -> None:
    assert account_risk(0.0, {}, NOTHING) == 0
    assert account_risk(1.0, {}, NOTHING) == pytest.approx(50)
    assert account_risk(2.0, {}, NOTHING) == pytest.approx(75)


def test_sensitive_departments_weigh_more() -> None:
    assert account_risk(1.0, {"sensitive_place": 1.0}, NOTHING) == pytest.approx(100 * (1 - 2**-1.15))
    assert account_risk(1.0, {"strangers": 1.0}, NOTHING) == pytest.approx(50)


def test_policies_and_evidence_add_like_independent_chances() -> None:
    assert account_risk(1.0, {}, fired(("high", True))) == pytest.approx(100 * (1 - 0.5 * 0.25))
    assert account_risk(0.0, {}, fired(("low", True), ("critical", False))) == pytest.approx(90)
    assert account_risk(0.0, {}, fired(("critical", False))) == pytest.approx(36)


@pytest.mark.parametrize(
    ("risk", "policies", "severity"),
    [
        (40.0, (), "low"), (40.0, (("high", True),), "high"), (40.0, (("high", False),), "low"),
        (95.0, (("low", True),), "critical"), (40.0, (("high", True), ("medium", True)), "high"),
    ],
)  # fmt: skip
def test_the_gravest_of_risk_and_alerting_policies_is_the_severity(
    risk: float, policies: tuple[tuple[str, bool], ...], severity: str
) -> None:
    assert account_severity(risk, fired(*policies)) == severity
