"""What can be seen of the deployment and what not, as the first lines of a screen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from detector.cli.render.paint import Paint
from detector.cli.render.text import shown, wrap

if TYPE_CHECKING:
    from detector.detection.visibility import Visibility
    from detector.texts import Texts


def verdict_lines(visibility: Visibility | None, texts: Texts, width: int, paint: Paint) -> Iterator[str]:
    """Yield the sentence that stands first where nothing can be judged, in red; nothing elsewhere."""
    verdict = visibility.verdict(texts) if visibility is not None else None
    if verdict is not None:
        yield from (paint(line, "bold", "red") for line in wrap(shown(verdict), width))
        yield ""


def visibility_lines(visibility: Visibility | None, texts: Texts, width: int, paint: Paint) -> Iterator[str]:
    """Yield what was judged and what is not seen, below a heading."""
    sentences = visibility.sentences(texts) if visibility is not None else []
    if sentences:
        yield paint(texts("visible.title"), "bold")
        for sentence in sentences:
            yield from (f"  {line}" for line in wrap(shown(sentence), width - 2))
        yield ""
