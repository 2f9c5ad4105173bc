"""The rows of a view, as they were pulled and put into files: an object a line, all of them with the view's columns."""

from __future__ import annotations

from detector.sources.formats.ndjson import NdjsonReader
from detector.sources.log_format import LogFormat

FORMAT = LogFormat("database", "A view of PostgreSQL, MySQL, MariaDB, SQL Server or Oracle", NdjsonReader, extra="db")
