-- reads   findings
-- gives   rows: one row per kind of alert about an account: raised by the ranking, or drawn at random (sampled)
-- columns sampled boolean, confirmed bigint, decided bigint, waiting bigint
-- params  $closed
-- note    what only a policy raised says nothing of the ranking; an alert of an earlier version counts by its evidence.
--          Cases are counted; a case is confirmed where one of its findings is, waits where none is and one is open, and
--          is decided where all of its findings have a status of $closed
with cases as (
    select
        sampled,
        case_id,
        bool_or(status = 'confirmed') as confirmed,
        bool_or(status not in (select unnest($closed))) as undecided,
        bool_or(status = 'open') as is_open
    from findings
    where
        alert
        and subject = 'account'
        and (
            sampled
            or coalesce(
                list_contains(alerted_by, 'ranking'), json_extract(method, '$.combined')::double >= 1, false
            )
        )
    group by sampled, case_id
)

select
    sampled,
    count(*) filter (confirmed) as confirmed,
    count(*) filter (confirmed or not undecided) as decided,
    count(*) filter (not confirmed and is_open) as waiting
from cases
group by sampled
order by sampled
