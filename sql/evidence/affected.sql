/*
Reads  `patient_days`, `finding_events`, `findings`.
Gives  one row per patient that a finding touches: the accounts, first and last access, accesses, the kinds of pages
       opened, whether anything was printed or exported, and the state of its accesses now: "explained" is what later
       bookings or notes cleared. In the order of the first access.
*/
with one as (
    select user_id, patient_id, window_start, window_end from findings where finding_id = $finding
),
cited as (
    select distinct patient_id, cast(local_time as date) as business_date
    from finding_events
    where finding_id = $finding and patient_id is not null and local_time < $before
),
-- a finding keeps its 1,000 most telling events: with so many, every suspicious access of its days counts
kept as (select count(*) >= 1000 as full_list from finding_events where finding_id = $finding),
opened as (
    select patient_days.*
    from patient_days, one
    where
        patient_days.business_date between one.window_start and one.window_end
        and patient_days.business_date < $before::date
        and (one.user_id is null or patient_days.user_id = one.user_id)
        and (one.patient_id is null or patient_days.patient_id = one.patient_id)
        and (
            (patient_days.patient_id, patient_days.business_date) in (select (patient_id, business_date) from cited)
            or (patient_days.state = 'suspicious' and (select full_list from kept))
        )
)
select
    patient_id,
    list_sort(list_distinct(list(user_id))) as accounts,
    min(first_at) as first_at,
    max(last_at) as last_at,
    sum(accesses)::bigint as accesses,
    list_sort(list_distinct(flatten(list(string_split(coalesce(categories, ''), '|'))))) as categories,
    case when bool_or(state = 'suspicious') then 'suspicious' when bool_or(state = 'neither') then 'neither' else 'explained' end
        as state,
    bool_or(contact) as contact,
    bool_or(clinical) as clinical,
    bool_or(sensitive) as sensitive,
    bool_or(printed) as printed,
    bool_or(exported) as exported
from opened
group by patient_id
order by first_at, patient_id;
