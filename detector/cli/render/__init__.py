"""How results look: tables, charts and machine formats. The only place that prints."""
