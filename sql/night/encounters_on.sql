-- reads   encounters
-- gives   encounters_on: the encounters as known on $night: started, and ended only where the end has passed
-- params  $night
select
    visit_id,
    patient_id,
    department,
    kind,
    starts_at,
    known_end(ends_at, $night) as ends_at
from encounters
where starts_at < $night + interval 1 day
