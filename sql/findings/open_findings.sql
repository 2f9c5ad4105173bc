-- reads   findings
-- gives   rows: one row per finding about a $subject whose episode is open, oldest first
-- params  $subject, $closed, $since
-- note    $closed are the statuses that end an episode; the last evidence of an open one is of $since or later
select *
from findings
where subject = $subject and status not in (select unnest($closed)) and last_seen_on >= $since
order by detected_on, finding_id
