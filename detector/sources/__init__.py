"""Logs in: from files to records that the store can type, identify and count.

| module | what it knows |
| --- | --- |
| `formats/` | one module a log format, found by discovery |
| `format` | what a format, a chunk of records and a place in a file are |
| `byte_stream`, `encodings`, `text_chunks` | bytes, decompressed and decoded in a stream, cut between records |
| `records` | where the records of delimited text begin and end, whatever the text |
| `aliases`, `headers` | which header and which value means what |
| `identifiers` | which identifier a text is: guards, name and number, several patients in one cell |
| `known_systems` | exports of systems that say what was done by several columns or by sentences |
| `sql_tokens`, `sql_scope`, `sql_statements` | what a database statement did, and to whom |
| `database_sessions` | who sat behind a session, and which lines of its log are one event |
| `postgres_lines`, `mysql_lines`, `oracle_rows` | what the lines of database logs say |
| `database_documents` | lines of a JSON log in an array, or indented |
| `database_logs` | which layout a database log has, and where its entries begin and end |
| `earlier_sessions` | what the file before a rotated database log says of its sessions |
| `openemr_rows`, `openemr_tables`, `ruoyi_rows` | what the rows of these systems' logs say |
| `sql_dump`, `translated_rows` | rows out of database dumps, and of delimited exports, as canonical records |
| `canonical_rows` | texts trimmed, enums and counts understood |
| `context_tables` | the columns of the context files |
| `file_sample`, `value_forms` | the beginning of a file, and what the values of a column look like |
| `column_evidence`, `column_suggestions` | what a column is by its values |
| `understanding` | what of a file is understood, and what is not |
| `file_pattern` | the glob that reads the next files of a log too |
| `proposal` | what `init --from` proposes for a file |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from detector.sources.proposal import SourceProposal


def propose_source(
    path: Path, accounts: Collection[str] = frozenset(), patients: Collection[str] = frozenset()
) -> SourceProposal:
    """Return what `init --from` proposes for a log file; see `detector.sources.proposal`."""
    from detector.sources import proposal  # noqa: PLC0415  (the formats cost a second to import)

    return proposal.propose_source(path, accounts, patients)


__all__ = ["propose_source"]
