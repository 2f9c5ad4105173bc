"""How alerts that were not confirmed are spread over groups of people: a question to the tool, not to them."""

from __future__ import annotations

from collections.abc import Sequence

from detector.reports.document import Block, Items, Paragraph, ReportColumn, ReportTable
from detector.review.alert_spread import SMALL_DEPARTMENT, AlertSpread
from detector.texts import Texts


def spread_blocks(spread: AlertSpread, say: Texts) -> Sequence[Block]:
    """Say whether a group bears clearly more of such alerts than all others; show the figures where there are any."""
    counts = {"count": spread.unconfirmed, "accounts": spread.accounts, "first": spread.first, "last": spread.last}
    verdict: Block = Paragraph(say("report.spread_even" if spread.is_comparable else "report.spread_few", **counts))
    if spread.burdened:
        verdict = Items(say("report.spread_uneven", **counts), [one.compared(say) for one in spread.burdened])
    return [verdict, _table(spread, say)] if spread.unconfirmed and spread.groups else [verdict]


def _table(spread: AlertSpread, say: Texts) -> ReportTable:
    rows = [
        {
            "group": one.named(say),
            "accounts": one.accounts,
            "unconfirmed": one.unconfirmed,
            "share": one.share,
            "low": one.interval[0],
            "high": one.interval[1],
            "ratio": None if one.ratio is None else round(one.ratio, 2),
        }
        for one in spread.groups
    ]
    columns = [
        ReportColumn("group", say("report.spread_of")),
        ReportColumn("accounts", say("report.accounts"), "count"),
        ReportColumn("unconfirmed", say("report.spread_accounts"), "count"),
        ReportColumn("share", say("report.spread_share"), "share"),
        ReportColumn("low", say("report.measured_low"), "share"),
        ReportColumn("high", say("report.measured_high"), "share"),
        ReportColumn("ratio", say("report.spread_ratio"), "number"),
    ]
    note = say("report.spread_note", k=SMALL_DEPARTMENT)
    return ReportTable("spread", say("report.spread_table"), columns, rows, note=note)
