-- reads   findings
-- gives   rows: one row per finding about a source whose last evidence is of $since or later, decided on or not
-- params  $since
select *
from findings
where subject = 'source' and last_seen_on >= $since
order by detected_on, finding_id
