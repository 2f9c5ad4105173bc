-- reads  encounters
-- gives  encounters_on: the encounters as known on $night: started, and ended only where the end has passed
select
    visit_id,
    patient_id,
    department,
    kind,
    starts_at,
    case when ends_at <= $night + interval 1 day then ends_at end as ends_at
from encounters
where starts_at < $night + interval 1 day
