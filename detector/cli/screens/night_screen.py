"""What a person reads at the end of a run: what was loaded, the alerts, what needs attention."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from detector.cli.render.paint import Paint
from detector.cli.render.text import shown, wrap
from detector.cli.screens.findings_screen import pattern_words, who
from detector.cli.screens.visibility_screen import verdict_lines, visibility_lines
from detector.texts import Texts
from detector.texts.untrusted import brief

if TYPE_CHECKING:
    from detector.night.summary import RunSummary

ALERTS_SHOWN = 20


def summary_lines(summary: RunSummary, site: str, texts: Texts, width: int, paint: Paint) -> Iterator[str]:
    """Yield the summary of a run."""
    key = "run.title" if summary.dates or summary.rows_read else "run.nothing"
    yield from verdict_lines(summary.visibility, texts, width, paint)
    yield paint(shown(texts(key, site=site, date=summary.through)), "bold")
    yield from visibility_lines(summary.visibility, texts, width, paint)
    if summary.rows_read:
        loaded = texts(
            "run.loaded",
            rows=f"{summary.rows_read:,}",
            files=len(summary.files),
            accepted=f"{summary.accepted:,}",
            duplicates=f"{summary.duplicates:,}",
            quarantined=f"{summary.quarantined:,}",
            share=f"{summary.quarantine_share:.2%}",
        )
        yield from wrap(loaded, width, "  ")
    if summary.dates:
        yield texts("run.dates", count=len(summary.dates), first=summary.dates[0], last=summary.dates[-1])
        yield texts("run.findings", new=summary.findings_new, updated=summary.findings_updated)
    else:
        yield texts("run.dates_none")
    for sentence in summary.not_judged:
        yield from wrap(shown(sentence), width, "  ")
    yield ""
    if not summary.alerts_new:
        scope = texts("visible.unknown") if summary.visibility is None else summary.visibility.scope(texts)
        yield from wrap(shown(texts("run.no_alerts", scope=scope).rstrip()), width)
    else:
        yield paint(texts("run.alerts", count=len(summary.alerts_new)), "bold")
        for alert in summary.alerts_new[:ALERTS_SHOWN]:
            yield from _alert_lines(alert, texts, width, paint)
    verdict = summary.visibility.verdict(texts) if summary.visibility is not None else None
    for key, sentences, style in (
        ("run.attention", [one for one in map(texts.placed, summary.attention) if one != verdict], "red"),
        ("run.warnings", summary.warnings, "yellow"),
    ):
        if sentences:
            yield ""
            yield paint(texts(key), "bold", style)
            for sentence in sentences:
                yield from (f"  {line}" for line in wrap(shown(f"- {sentence}"), width - 2, "  "))
    yield ""
    took = texts("run.took", seconds=f"{summary.seconds:.1f}")
    yield from wrap(shown(texts("run.more") + texts("list.note", text=took)), width)


def _alert_lines(alert: Mapping[str, Any], texts: Texts, width: int, paint: Paint) -> Iterator[str]:
    head = texts(
        "run.alert_who",
        finding=alert["finding_id"],
        severity=texts.name("severity", alert["severity"]),
        risk=f"{alert['risk']:.0f}",
        who=" ".join(brief(part) for part in (who(alert, texts), alert.get("department"), alert.get("role")) if part),
    )
    yield ""
    yield from (paint.severity(line, str(alert["severity"])) for line in wrap(shown(head), width, "    "))
    yield from (f"  {line}" for line in wrap(shown(pattern_words(alert, texts)), width - 2))
    if alert["reasons"]:
        yield from (f"  {line}" for line in wrap(shown(alert["reasons"][0]["text"]), width - 2))
    yield f"  {texts('run.alert_next', finding=alert['finding_id'])}"
