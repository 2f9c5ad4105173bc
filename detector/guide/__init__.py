"""The documentation that comes with the program: one page a topic and language, ``<topic>.<language>.md`` beside this.

``guide_pages`` finds and reads them. Their reference tables are made from the declarations: ``python -m tests.guide``.
"""

from __future__ import annotations

from detector.guide.guide_pages import GuidePage, Passage, guide_page, search_guide, topics

__all__ = ["GuidePage", "Passage", "guide_page", "search_guide", "topics"]
