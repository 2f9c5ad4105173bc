"""The working paper for a compliance audit of personal-information processing (个人信息保护法 art. 54)."""

from __future__ import annotations

from detector.reports.papers.paper import paper

KIND = paper("compliance-audit")
