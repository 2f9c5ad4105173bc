-- reads   decisions
-- gives   rows: one row per finding that was decided about by the end of the period: its newest decision then
-- columns finding_id varchar, disposition varchar
-- params  $last
select
    finding_id,
    arg_max(disposition, sequence) as disposition
from decisions
where through < $last::date
group by finding_id
order by finding_id
