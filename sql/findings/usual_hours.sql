-- reads   source_hours
-- gives   rows: one row per clock hour in which a source had rows in the four weeks before a date
-- columns hour integer
-- params  $source, $date
select distinct hour
from source_hours
where source = $source and business_date between $date::date - 28 and $date::date - 1
order by hour
