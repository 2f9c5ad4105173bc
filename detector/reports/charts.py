"""Pictures of a report as SVG, drawn by matplotlib without a display.

What comes out is inline SVG for a page under a strict content policy: presentation attributes instead of styles, no
fonts (text stays text in the reader's own font), no ids but those of clipping paths, made unique by the chart's id, and
the same bytes for the same figures on every machine. Nothing is measured in a font: places of words are given, since
fonts of Chinese differ from machine to machine.
"""

from __future__ import annotations

import io
import re
import unicodedata
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

from detector.reports.document import Chart
from detector.texts.untrusted import shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK: Final = "#1b2733"
SOFT: Final = "#5b6875"
RULE: Final = "#d9dfe5"
CALM: Final = "#b9cbdc"
BLUE: Final = "#1f5a8f"
STRONG: Final = "#b3261e"
AMBER: Final = "#c77700"
GREEN: Final = "#3f7d58"
PALE: Final = "#c4d9b6"
SIZE: Final = 11.5
"""Points of text, readable still where a chart is shrunk to the width of a telephone."""
WIDTH: Final = 560.0
NARROW: Final = 400.0
_SVG: Final = "http://www.w3.org/2000/svg"
_XLINK: Final = "http://www.w3.org/1999/xlink"


def svg(chart: Chart) -> str:
    """Return the chart as an ``<svg>`` element with title and description."""
    from matplotlib import rc_context  # noqa: PLC0415  (takes half a second; only pictures need it)
    from matplotlib.figure import Figure  # noqa: PLC0415

    draw, height = FORMS[chart.form]
    tall = height(chart)
    settings = {
        "svg.fonttype": "none", "svg.hashsalt": chart.id, "font.family": ["DejaVu Sans"], "font.size": SIZE,
        "text.color": INK, "axes.edgecolor": RULE, "axes.labelcolor": INK, "xtick.color": SOFT, "ytick.color": INK,
        "path.simplify": False,
    }  # fmt: skip
    with rc_context(settings), warnings.catch_warnings():  # type: ignore[arg-type]
        warnings.simplefilter("ignore")  # DejaVu has no Chinese; it is never shown in it
        figure = Figure(figsize=((NARROW if chart.narrow else WIDTH) / 72, tall / 72), dpi=72)
        draw(figure, chart)
        stream = io.BytesIO()
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return _inline(stream.getvalue(), chart)


def _axes(figure: Figure, left: float, top: float, right: float = 12.0, bottom: float = 22.0) -> Axes:
    """Return axes with these margins in points, without a frame."""
    width, height = figure.get_size_inches() * 72
    axes = figure.add_axes((left / width, bottom / height, 1 - (left + right) / width, 1 - (top + bottom) / height))
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0)
    return axes


def _legend(figure: Figure, entries: list[tuple[str, str, str]]) -> None:
    """Write colour marks and their names along the top: (name, colour, marker)."""
    from matplotlib.lines import Line2D  # noqa: PLC0415

    width, height = figure.get_size_inches() * 72
    x = 4.0
    for name, colour, marker in entries:
        y = 1 - 9 / height
        figure.add_artist(
            Line2D(
                [(x + 4) / width],
                [y],
                marker=marker,
                color=colour,
                markersize=8,
                markeredgewidth=1.8,
                markerfacecolor=colour if marker == "s" else "white",
                linestyle="none",
            )
        )
        figure.text((x + 13) / width, y, _safe(name), va="center_baseline", color=INK)
        x += 13 + _length(name) + 18


def _days(figure: Figure, chart: Chart) -> None:
    axes = _axes(figure, left=34, top=26)
    places = range(len(chart.labels))
    for series, colour in zip(chart.series, (CALM, STRONG), strict=False):
        axes.bar(places, [value or 0 for value in series.values], width=0.82, color=colour, linewidth=0)
    _y_grid(axes, max((value or 0 for one in chart.series for value in one.values), default=0))
    step = max(1, -(-len(chart.labels) // (6 if chart.narrow else 9)))
    shown_places = list(places)[::-1][::step][::-1]
    axes.set_xticks(shown_places, [_safe(chart.labels[place][5:]) for place in shown_places])
    axes.set_xlim(-0.6, len(chart.labels) - 0.4)
    _legend(figure, [(one.name, colour, "s") for one, colour in zip(chart.series, (CALM, STRONG), strict=False)])


def _compare(figure: Figure, chart: Chart) -> None:
    axes = _axes(figure, left=70, top=26, right=48, bottom=6)
    axes.spines["bottom"].set_visible(False)
    marks = [("o", BLUE), ("D", AMBER)]
    for place in range(len(chart.labels)):
        values = [one.values[place] or 0 for one in chart.series]
        top = max([*values, 1e-9])
        y = len(chart.labels) - 1 - place
        axes.barh(y, values[0] / top, height=0.5, color=STRONG, alpha=0.85, linewidth=0)
        axes.plot([0, 1], [y - 0.42, y - 0.42], color=RULE, linewidth=0.8)
        for one, (marker, colour) in zip(chart.series[1:], marks, strict=False):
            if one.values[place] is not None:
                axes.plot([(one.values[place] or 0) / top], [y], marker=marker, markersize=8.5, markeredgewidth=2,
                          markerfacecolor="white", markeredgecolor=colour, linestyle="none", clip_on=False)  # fmt: skip
        axes.text(1.03, y, _number(chart.series[0].values[place]), va="center", fontweight="bold")
    axes.set_yticks(range(len(chart.labels)), [_safe(_clip(label, 62)) for label in chart.labels][::-1])
    axes.set_xticks([])
    axes.set_xlim(0, 1)
    axes.set_ylim(-0.6, len(chart.labels) - 0.4)
    _legend(
        figure,
        [(chart.series[0].name, STRONG, "s")]
        + [(one.name, colour, mark) for one, (mark, colour) in zip(chart.series[1:], marks, strict=False)],
    )


def _weeks(figure: Figure, chart: Chart) -> None:
    axes = _axes(figure, left=34, top=26, right=44)
    bars, line = chart.series[0], chart.series[1]
    places = list(range(len(chart.labels)))
    axes.bar(places, [value or 0 for value in bars.values], width=0.6, color=CALM, linewidth=0)
    _y_grid(axes, max([value or 0 for value in bars.values] + [1]))
    other = axes.twinx()
    for side in ("top", "right", "left", "bottom"):
        other.spines[side].set_visible(False)
    known = [(place, value) for place, value in enumerate(line.values) if value is not None]
    other.plot([x for x, _ in known], [y for _, y in known], color=BLUE, linewidth=2.2, marker="o", markersize=5)
    low = min([y for _, y in known] + [1.0])
    floor = max(0.0, low - 0.05 - (low - 0.05) % 0.05)
    other.set_ylim(floor, 1.0 + (1 - floor) * 0.04)
    other.set_yticks([floor, (floor + 1) / 2, 1.0], [f"{tick:.0%}" for tick in (floor, (floor + 1) / 2, 1.0)])
    other.tick_params(length=0, labelcolor=BLUE)
    axes.set_xticks(places, [_safe(label[5:]) for label in chart.labels])
    axes.set_xlim(-0.6, len(places) - 0.4)
    _legend(figure, [(bars.name, CALM, "s"), (line.name, BLUE, "o")])


def _grid(figure: Figure, chart: Chart) -> None:
    from matplotlib.colors import to_rgb  # noqa: PLC0415

    axes = _axes(figure, left=90, top=6)
    axes.spines["bottom"].set_visible(False)
    for row, one in enumerate(chart.series):
        y = len(chart.series) - 1 - row
        for place, value in enumerate(one.values):
            colour = "#eef1f4" if value is None else STRONG if value < 0.1 else AMBER if value < 0.5 else BLUE
            strength = 1.0 if value is None or value < 0.5 else min(1.0, 0.25 + 0.5 * min(value, 1.5))
            mixed = tuple(1 - strength * (1 - part) for part in to_rgb(colour))
            axes.bar(place, 0.84, bottom=y - 0.42, width=0.9, color=mixed, linewidth=0)
    axes.set_yticks(range(len(chart.series)), [_safe(_clip(one.name, 80)) for one in chart.series][::-1])
    step = max(1, -(-len(chart.labels) // 9))
    places = list(range(len(chart.labels)))[::-1][::step][::-1]
    axes.set_xticks(places, [_safe(chart.labels[place][5:]) for place in places])
    axes.set_xlim(-0.6, len(chart.labels) - 0.4)
    axes.set_ylim(-0.6, len(chart.series) - 0.4)


def _shares(figure: Figure, chart: Chart) -> None:
    axes = _axes(figure, left=150, top=26, right=46, bottom=6)
    axes.spines["bottom"].set_visible(False)
    colours = (GREEN, PALE, CALM, SOFT)
    places = [len(chart.labels) - 1 - place for place in range(len(chart.labels))]
    left = [0.0] * len(places)
    for one, colour in zip(chart.series, colours, strict=False):
        values = [value or 0.0 for value in one.values]
        axes.barh(places, values, left=left, height=0.62, color=colour, linewidth=0)
        left = [start + value for start, value in zip(left, values, strict=True)]
    for y, value in zip(places, chart.series[0].values, strict=True):
        axes.text(1.02, y, "–" if value is None else f"{value:.0%}", va="center")
    axes.set_yticks(places, [_safe(_clip(label, 135)) for label in chart.labels])
    axes.set_xticks([])
    axes.set_xlim(0, 1)
    axes.set_ylim(-0.6, len(places) - 0.4)
    _legend(figure, [(one.name, colour, "s") for one, colour in zip(chart.series, colours, strict=False)])


FORMS: Final[Mapping[str, tuple[Callable[[Any, Chart], None], Callable[[Chart], float]]]] = {
    "days": (_days, lambda _: 150.0),
    "compare": (_compare, lambda chart: 36.0 + 24.0 * len(chart.labels)),
    "weeks": (_weeks, lambda _: 200.0),
    "grid": (_grid, lambda chart: 34.0 + 24.0 * len(chart.series)),
    "shares": (_shares, lambda chart: 36.0 + 22.0 * len(chart.labels)),
}
"""How each form is drawn, and how tall it is in points."""


def _y_grid(axes: Axes, top: float) -> None:
    """Put two or three rules at round numbers."""
    top = max(top, 1)
    step = next(
        (step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500) if top / step <= 3), 10 ** (len(str(int(top))) - 1)
    )
    axes.set_yticks([tick * step for tick in range(int(top // step) + 1)])
    axes.set_ylim(0, top * 1.06)
    axes.grid(axis="y", color=RULE, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", labelcolor=SOFT)


def _length(text: str) -> float:
    """Return about how long a text is in points."""
    return sum(SIZE if unicodedata.east_asian_width(one) in "WF" else SIZE * 0.56 for one in text)


def _clip(text: str, points: float) -> str:
    while text and _length(text) > points:
        text = text[:-1] if text[-1] != "…" else text[:-2]
        text += "…"
    return text


def _safe(text: str) -> str:
    """Return a text from a log without what matplotlib would take for mathematics."""
    return shown(text).replace("$", r"\$")


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def _inline(content: bytes, chart: Chart) -> str:
    """Turn matplotlib's file into an element for a page."""
    for prefix, name in (("", _SVG), ("xlink", _XLINK)):
        ET.register_namespace(prefix, name)
    root = ET.fromstring(content)  # noqa: S314  (written by matplotlib just now)
    for unwanted in ("metadata", "defs/style"):
        _remove(root, unwanted)
    used = set(re.findall(rb"url\(#([^)]+)\)", content)) | set(re.findall(rb'xlink:href="#([^"]+)"', content))
    names = {name.decode(): f"{chart.id}-{place}" for place, name in enumerate(sorted(used), start=1)}
    for element in root.iter():
        _plain_attributes(element, names)
    for key in ("width", "height", "version"):
        root.attrib.pop(key, None)
    root.set("role", "img")
    root.set("aria-labelledby", f"{chart.id}-title {chart.id}-desc")
    for place, (tag, text) in enumerate((("title", chart.title), ("desc", chart.description))):
        element = ET.Element(f"{{{_SVG}}}{tag}", {"id": f"{chart.id}-{tag}"})
        element.text = shown(text)
        root.insert(place, element)
    text = ET.tostring(root, encoding="unicode").replace("\n", " ")
    return re.sub(r">\s+<", "><", re.sub(r' transform="rotate\(-?0 [^"]*\)"', "", text))


def _remove(root: ET.Element, path: str) -> None:
    *way, name = path.split("/")
    for parent in root.iter(f"{{{_SVG}}}{way[-1]}") if way else [root]:
        for child in parent.findall(f"{{{_SVG}}}{name}"):
            parent.remove(child)


def _plain_attributes(element: ET.Element, names: Mapping[str, str]) -> None:
    """Write styles as attributes, rename ids in use, drop the others and every font."""
    for declaration in (element.attrib.pop("style", "")).split(";"):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        if name == "font":
            size = re.search(r"([\d.]+)px", value)
            if re.search(r"\b(bold|700)\b", value):
                element.set("font-weight", "bold")
            if size:
                element.set("font-size", size.group(1))
        elif name and name != "font-family":
            element.set(name, value.removesuffix("px") if name == "font-size" else value)
    known = element.attrib.pop("id", None)
    if known is not None and known in names:
        element.set("id", names[known])
    for key, value in list(element.attrib.items()):
        element.set(
            key, re.sub(r"#([\w-]+)(?=\)|$)", lambda match: f"#{names.get(match.group(1), match.group(1))}", value)
        )
