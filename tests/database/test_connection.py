"""What every connection of the detector knows and does."""

from __future__ import annotations

from pathlib import Path

from detector.database.connection import connect


def test_sums_over_an_outer_join_are_not_cut_off_where_they_are_sorted(tmp_path: Path) -> None:
    """By DuckDB 2.0.0 as it is, sums of small numbers come out modulo 256."""
    with connect(tmp_path / "none.duckdb", in_memory=True) as connection:
        connection.execute("create table t as select range % 10 as place, 20 + range % 30 as number from range(400)")
        connection.execute("create table none (place bigint, times integer)")
        rows = connection.execute(
            "select t.place, coalesce(sum(number), 0)::bigint as whole"
            " from t left join none on t.place = none.place and none.times > 1 group by all order by all"
        ).fetchall()
    assert rows == [(place, sum(20 + number % 30 for number in range(place, 400, 10))) for place in range(10)]
