-- gives  encounter_covers(inpatient, starts_at, ends_at, business_date): whether a stay or visit gives its unit a
--          relation to the patient that is neither former nor none: from the day before it begins to 30 days after
-- note   a stay without an end goes on; a visit is over on the day it began
create or replace temp macro encounter_covers(inpatient, starts_at, ends_at, business_date) as
covers(
    starts_at::date,
    case when inpatient then ends_at else starts_at end::date,
    business_date,
    business_date,
    interval 1 day,
    interval 30 day
);
