"""From evidence and fired policies to a risk (0 to 100; 50 is the alert threshold of evidence)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from detector.detection import thresholds
from detector.model.severities import Severity, gravest

POLICY_RISK: Final[Mapping[str, float]] = {"low": 40.0, "medium": 60.0, "high": 75.0, "critical": 90.0}
"""Risk of a fired policy by its severity."""
QUIET_POLICY_PART: Final = 0.4
"""Part of a policy's risk that counts where no fired policy alerts."""
SENSITIVE_WEIGHT: Final = 0.15
"""How much more a finding weighs in the ranking when all it rests on lies in the site's sensitive departments."""


def account_risk(total: float, shares: Mapping[str, float], policies: pl.DataFrame) -> float:
    """Return the risk of an account.

    ``total`` is its combined evidence in units of the threshold, ``shares`` the part of the suspicious patients by
    feature, ``policies`` the fired policies. Evidence and policies add like independent chances.
    """
    weighed = total * (1 + SENSITIVE_WEIGHT * shares.get("sensitive_place", 0.0))
    policy_risk = max((POLICY_RISK[severity] for severity in policies["severity"]), default=0.0)
    part = 1 if policies["alert"].any() else QUIET_POLICY_PART
    return 100 * (1 - (1 - thresholds.risk(weighed) / 100) * (1 - policy_risk * part / 100))


def account_severity(risk: float, policies: pl.DataFrame) -> Severity:
    """Return the severity of the gravest policy that alerts, or that of the risk where it is graver."""
    alerting = policies.filter(pl.col("alert"))["severity"]
    return gravest([Severity.of_risk(risk), *(Severity(severity) for severity in alerting)])
