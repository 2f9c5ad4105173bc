"""A document as one HTML page that needs nothing else: no script, no network, no style but its own.

The page's content policy allows one style sheet by its hash and nothing more. Every text is escaped by the template
engine, after unsafe characters (control, direction) have become visible escapes.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from detector.reports.charts import svg
from detector.reports.document import Card, Chart, Document, ReportTable, cell_text
from detector.texts.untrusted import shown

if TYPE_CHECKING:
    from jinja2 import Environment


def page(document: Document, template: str = "report.html.j2") -> str:
    """Return the page."""
    from markupsafe import Markup  # noqa: PLC0415  (only pages need it)

    style = _file("report.css")
    cards = {block.id for block in document.blocks() if isinstance(block, Card)}
    return render(
        template, doc=document, svg=_picture, cell=cell_text, cards=cards, lists=_lists(document),
        style=Markup(style), style_hash=style_hash(style),  # noqa: S704  (our own file)
    )  # fmt: skip


def render(template: str, **values: object) -> str:
    """Return a template of this package with its values, every text made harmless and escaped."""
    return _environment().get_template(template).render(values)


def style_hash(style: str) -> str:
    """Return the source expression of a content policy that allows just this style sheet."""
    return "sha256-" + base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


def _lists(document: Document) -> dict[str, str]:
    """Return finding → the first table that lists it, to go back to from its card."""
    tables = [block for block in document.blocks() if isinstance(block, ReportTable)]
    return {str(row["finding"]): table.id for table in reversed(tables) for row in table.rows if "finding" in row}


def _picture(chart: Chart) -> Any:  # noqa: ANN401
    from markupsafe import Markup  # noqa: PLC0415  (only pages need it)

    return Markup(svg(chart))  # noqa: S704  (made of escaped text by an XML writer)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined  # noqa: PLC0415  (only pages need it)
    from markupsafe import Markup  # noqa: PLC0415

    def harmless(value: Any) -> Any:  # noqa: ANN401
        return value if isinstance(value, Markup) else shown(value)

    return Environment(loader=FunctionLoader(_file), autoescape=True, undefined=StrictUndefined, finalize=harmless)


def _file(name: str) -> str:
    text = resources.files(__package__).joinpath("templates", name).read_text(encoding="utf-8")
    return text.replace("\n", "") if name.endswith(".css") else text
