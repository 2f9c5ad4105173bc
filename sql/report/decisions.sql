-- reads   decisions, dates
-- gives   rows: one row per decision of the period, oldest first
-- columns finding_id varchar, decided_at timestamp, disposition varchar, officer varchar, note varchar, undoes integer
-- params  $timezone, $first, $last
-- note    a decision belongs to the day after the last one that had been worked through when it was taken; those taken
--          since the newest date belong to the period that ends with it
select
    finding_id,
    timezone($timezone, timezone('UTC', decided_at)) as decided_at,
    disposition,
    officer,
    note,
    undoes
from decisions
where
    through >= $first::date - 1
    and (through < $last::date or (through = $last::date and through = (select max(business_date) from dates)))
order by decisions.sequence
