"""One file a command. Heavy imports (duckdb, polars, pyod) stand inside the function that uses them."""
