"""Several hospitals as one: their nights on an engine, and what only all of them together show."""
