"""How files are written: whole or not at all, private, one writer at a time."""
