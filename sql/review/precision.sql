-- reads   findings
-- gives   rows: one row per kind of alert about an account, raised by the ranking or drawn at random (sampled)
-- columns sampled boolean, confirmed bigint, decided bigint, waiting bigint
-- params  $closed
-- note    cases are counted; a case is confirmed where one of its findings is, and waits where none is and one of them
--          has no status of $closed
with cases as (
    select
        sampled,
        case_id,
        bool_or(status = 'confirmed') as confirmed,
        bool_or(status not in (select unnest($closed))) as waits
    from findings
    where alert and subject = 'account'
    group by sampled, case_id
)

select
    sampled,
    count(*) filter (confirmed) as confirmed,
    count(*) filter (confirmed or not waits) as decided,
    count(*) filter (not confirmed and waits) as waiting
from cases
group by sampled
order by sampled
