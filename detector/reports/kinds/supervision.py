"""The self-assessment of how the use of electronic records is supervised (国卫办医政函〔2025〕262号)."""

from __future__ import annotations

from detector.reports.papers.paper import paper

KIND = paper("supervision")
