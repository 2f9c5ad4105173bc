"""How one finding was rated: evidence by stream beside what an alert needs, and what the rating rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from detector.cli.render.paint import Paint
from detector.cli.render.screen_table import ScreenColumn, table
from detector.cli.render.text import shown, wrap
from detector.texts import Texts

ROUNDED: Final = 0.005
"""Figures are told to two places; what differs by more is another figure."""
Detail = Mapping[str, Any]


def lines(finding: Detail, say: Texts, width: int, paint: Paint) -> list[str]:
    """Return the screen."""
    method = finding["method"]
    nats, limits = method.get("nats", {}), method.get("thresholds", {})
    rows = [
        {
            "stream": say.name("stream", name),
            "nats": f"{nats[name]:.2f}" if name in nats else None,
            "needed": f"{limits[name]:.2f}",
            "standing": f"{method['standing'][name]:.2f}" if name in nats else f"{method['combined']:.2f}",
        }
        for name in sorted(limits, key=lambda name: (-method.get("standing", {}).get(name, 0.0), name))
    ]
    columns = [
        ScreenColumn("stream", say("show.stream")),
        ScreenColumn("nats", say("show.nats"), align="right"),
        ScreenColumn("needed", say("show.needed"), align="right"),
        ScreenColumn("standing", say("show.standing"), align="right"),
    ]
    start, end = method.get("history", (finding["window_start"], finding["window_end"]))
    notes = [
        say("show.method_risk", combined=f"{method['combined']:.2f}") if rows else say("show.margin_policy"),
        *_exceptions(finding, say),
        say("show.method_kept"),
        say(
            "show.method_version",
            version=method["version"],
            configuration=str(method["configuration"])[:16],
            start=start,
            end=end,
        ),
    ]
    return [
        paint(say("show.method", finding=finding["finding_id"]), "bold"),
        *(table(columns, rows, width=width, paint=paint) if rows else ()),
        *(line for note in notes for line in wrap(shown(note), width, "")),
        *_inputs(method, say, width, paint),
    ]


def _exceptions(finding: Detail, say: Texts) -> Iterator[str]:
    """Yield where a figure of the table, or the risk, is less than the others come to, and why."""
    method = finding["method"]
    standing, limits = method.get("standing", {}), method.get("thresholds", {})
    capped = {
        name: standing[name]
        for name, nats in method.get("nats", {}).items()
        if name in limits and name in standing and nats / limits[name] > standing[name] + ROUNDED
    }
    if capped:
        streams = say.words(say.name("stream", name) for name in capped)
        yield say("show.method_capped", streams=streams, most=f"{max(capped.values()):.2f}")
    if finding["risk"] < 100 * (1 - 2 ** -method.get("combined", 0.0)) - 0.5:
        yield say("show.method_cleared", risk=f"{finding['risk']:.0f}")


def _inputs(method: Detail, say: Texts, width: int, paint: Paint) -> Iterator[str]:
    """Yield which policies and context tables the rating rests on, as they were then."""
    if method.get("policies") is None or method.get("context") is None:
        yield from wrap(shown(say("show.method_unknown")), width, "")
    for name, columns in (
        ("policies", [("id", "policy"), ("version", "version"), ("first_on", "from"), ("last_on", "to")]),
        ("context", [("table", "table"), ("version", "as_of"), ("rows", "rows")]),
    ):
        used = [
            {**one, "table": say.name("context_table", one["id"]), "digest": str(one["sha256"] or "?")[:16]}
            for one in method.get(name) or ()
        ]
        if used:
            shown_columns = [ScreenColumn(key, say(f"show.used_{title}")) for key, title in columns]
            yield ""
            yield paint(say(f"show.method_{name}"), "bold")
            yield from table([*shown_columns, ScreenColumn("digest", "SHA-256")], used, width=width, paint=paint)
