-- reads   finding_events
-- gives   rows: one row per part of the day with events of the finding $finding, the fullest first
-- columns part varchar, events bigint
-- params  $finding
select
    case
        when hour(local_time) between 7 and 17 then 'day'
        when hour(local_time) between 18 and 21 then 'evening'
        else 'night'
    end as part,
    count(*) as events
from finding_events
where finding_id = $finding
group by part
order by events desc, part
