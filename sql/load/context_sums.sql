-- reads   a context table, in place of {table}
-- gives   rows: one row per business date from which on rows count: how many are added, and their digests' sums
-- columns from_on date, rows bigint, first hugeint, second hugeint, third hugeint, fourth hugeint
-- note    a row counts from the date on which it starts, and with its end from the date on which that is known; {open}
--          is its text without the end, {ending} that of the end. The four parts of a digest are added up each by itself,
--          so that the sums over the dates up to a night tell which rows that night knew, in whatever order they stand
with contents as (
    select
        coalesce({starts}::date, date '0001-01-01') as starts_on,
        ({ends} - interval 1 microsecond)::date as ends_on,
        {open} as open_text,
        {ending} as end_text
    from {table}
),

counted as (
    select starts_on as from_on, 1 as rows, sha256(open_text) as digest
    from contents
    where ends_on is null or ends_on > starts_on
    union all
    select ends_on as from_on, -1 as rows, sha256(open_text) as digest
    from contents
    where ends_on > starts_on
    union all
    select greatest(starts_on, ends_on) as from_on, 1 as rows, sha256(open_text || chr(10) || end_text) as digest
    from contents
    where ends_on is not null
)

select
    from_on,
    sum(rows)::bigint as rows,
    sum(rows * ('0x' || substr(digest, 1, 16))::ubigint::hugeint) as first,
    sum(rows * ('0x' || substr(digest, 17, 16))::ubigint::hugeint) as second,
    sum(rows * ('0x' || substr(digest, 33, 16))::ubigint::hugeint) as third,
    sum(rows * ('0x' || substr(digest, 49, 16))::ubigint::hugeint) as fourth
from counted
group by from_on
