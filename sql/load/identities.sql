-- reads   ruled_rows
-- gives   rows: the rows of the crosswalk: one row per identifier and span, the spans of one identifier do not overlap:
--          where they would, what starts later counts, and of rows that start together the last
-- columns column_name varchar, source varchar, id varchar, canonical_id varchar, starts_at timestamp, ends_at timestamp
-- note    ruled_rows are the crosswalk_rows, with what the rule of the source makes of the identifier
with spans as (
    select
        column_name,
        source,
        coalesce(user_id, patient_id) as id,
        canonical_id,
        coalesce(starts_at, timestamp '0001-01-01') as starts_at,
        coalesce(ends_at, timestamp '9999-12-31') as ends_at,
        place
    from ruled_rows
),

parted as (
    select
        *
        replace (
            least(
                ends_at,
                lead(starts_at) over (partition by column_name, source, id order by starts_at, place)
            ) as ends_at
        )
    from spans
)

select
    column_name,
    source,
    id,
    canonical_id,
    starts_at,
    ends_at
from parted
where starts_at < ends_at
