"""Logs and context tables into the store."""
