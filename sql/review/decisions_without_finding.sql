-- reads   decisions, findings, dates
-- gives   rows: one row per finding that officers decided about and that is not there, after the date was judged on
--          which it was decided: the decision that stands about it, the oldest first
-- columns entry integer, decided_at timestamp, officer varchar, finding_id varchar, disposition varchar, note varchar
-- note    a finding goes where a store was restored and its logs no longer give it
select
    arg_max(number, sequence) as entry,
    arg_max(decided_at, sequence) as decided_at,
    arg_max(officer, sequence) as officer,
    finding_id,
    arg_max(disposition, sequence) as disposition,
    arg_max(note, sequence) as note
from decisions
where
    finding_id not in (select finding_id from findings)
    and coalesce(through, date '-infinity') <= (select max(business_date) from dates)
group by finding_id
having arg_max(disposition, sequence) <> 'open'
order by max(sequence)
