"""Keyed tokens in place of record numbers, and where they are put."""
