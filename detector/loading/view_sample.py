"""What the views of databases hold, for ``check``: their columns; their newest rows, in files that are thrown away."""

from __future__ import annotations

import glob
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from detector.loading.source_loader import ends_run, failure
from detector.loading.view_pull import check_marks
from detector.loading.view_reader import ViewProblem, line_of, open_view

if TYPE_CHECKING:
    from detector.deployment.log_sources import Source
    from detector.deployment.settings import Settings

SAMPLE_ROWS: Final = 5_000


@dataclass(frozen=True, slots=True)
class ViewSample:
    """What a server answered: the view's columns; ``problem`` says why it, or some of its rows, cannot be read."""

    columns: tuple[str, ...] = ()
    problem: str | None = None


@contextmanager
def view_samples(settings: Settings) -> Iterator[tuple[Settings, dict[str, ViewSample]]]:
    """Ask the server of each source that is a view; give what it answered by source.

    As long as the block lasts, the views' sources in the settings given have a file with the newest rows.
    """
    with tempfile.TemporaryDirectory(prefix="detector-views-") as folder:
        samples: dict[str, ViewSample] = {}
        sources = []
        for source in settings.sources:
            if source.url is not None:
                path = Path(folder) / f"{source.name}.ndjson"
                samples[source.name] = _sample(source, path)
                source = replace(source, path=glob.escape(str(path)), url=None)  # noqa: PLW2901
            sources.append(source)
        yield replace(settings, sources=tuple(sources)), samples


def _sample(source: Source, path: Path) -> ViewSample:
    """Put the newest rows of a view, where it has any, into a file."""
    columns: tuple[str, ...] = ()
    try:
        with open_view(source) as reader:
            columns = reader.columns
            rows = reader.newest(SAMPLE_ROWS)
            if rows:
                path.write_bytes(b"".join(line_of(row.values) for row in reversed(rows)))
            check_marks(reader)
    except ViewProblem as problem:
        return ViewSample(columns, str(problem))
    except Exception as error:
        if ends_run(error):
            raise
        return ViewSample(columns, failure(error))
    return ViewSample(columns)
