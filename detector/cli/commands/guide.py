"""``detector guide``: the documentation, without the internet."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from detector.cli.command import Command, Panel
from detector.cli.session import session_of


def guide(
    context: typer.Context,
    topic: Annotated[str | None, typer.Argument(metavar="[TOPIC]", help="The page to read; none: the list.")] = None,
    search: Annotated[
        str | None, typer.Option("--search", "-s", metavar="WORDS", help="List the passages that hold all these words.")
    ] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Write the page as it is, in Markdown.")] = False,
) -> None:
    """Read the documentation that came with this version.

    Without a topic it lists the pages. A page is shown in the language asked for where it exists in both, and page by
    page on a terminal, where / searches and q leaves.
    """
    from detector.cli.render.markdown import rendered
    from detector.cli.render.pager import page_out
    from detector.cli.screens import guide_screen
    from detector.guide import guide_page, search_guide, topics

    session = session_of(context)
    language, texts = session.language, session.texts
    if search is not None:
        found = [one for one in search_guide(search, language) if topic in {None, one.topic}]
        session.say(guide_screen.passages(found, search, texts, session.width, session.paint))
        return
    if topic is None:
        session.say(guide_screen.contents(topics(language), texts, session.width, session.paint))
        return
    page = guide_page(topic, language)
    if markdown:
        sys.stdout.write(page.text)
        return
    lines = [] if page.language == language else [texts("guide.other_language"), ""]
    page_out([*lines, *rendered(page.text, session.width, session.paint)])


COMMAND = Command(
    guide,
    panel=Panel.SET_UP,
    order=5,
    examples=(
        "detector guide",
        "detector guide officer",
        "detector --lang en guide night",
        "detector guide --search cron",
    ),
)
