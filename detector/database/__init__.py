"""DuckDB as the house asks it: connections, the SQL files, rows of a query."""
