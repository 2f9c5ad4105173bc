"""Logs in: from files to records that the store can type, identify and count.

| module | what it knows |
| --- | --- |
| `formats/` | one module a log format, found by discovery |
| `format` | what a format, a chunk of records and a place in a file are |
| `byte_stream`, `encodings`, `text_chunks` | bytes, decompressed and decoded in a stream, cut between records |
| `records` | where the records of delimited text begin and end, whatever the text |
| `aliases`, `headers` | which header and which value means what |
| `canonical_rows` | texts trimmed, enums and counts understood |
| `context_tables` | the columns of the context files |
| `inspection`, `proposal` | what `check` and `init --from` say about files |
"""
