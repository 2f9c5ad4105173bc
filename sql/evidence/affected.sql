-- reads   findings, finding_events, patient_days
-- gives   rows: one row per patient that a finding touches, in the order of the first access: the accounts, accesses,
--          kinds of pages opened, whether anything was printed or exported, and the state of its accesses now
-- columns patient_id varchar, accounts varchar[], first_at timestamp, last_at timestamp, accesses bigint, categories
--          varchar[], state varchar, contact boolean, clinical boolean, sensitive boolean, printed boolean, exported
--          boolean
-- params  $finding, $before, $decoys
-- note    "explained" is what later bookings or notes cleared
with asked as (
    select user_id, patient_id, window_start, window_end
    from findings
    where finding_id = $finding
),

cited as (
    select distinct patient_id, local_time::date as business_date
    from finding_events
    where finding_id = $finding and patient_id is not null and local_time < $before
),

-- a finding keeps its 1,000 most telling events: with so many, every suspicious access of its days counts
kept as (
    select count(*) >= 1000 as full_list
    from finding_events
    where finding_id = $finding
),

opened as (
    select patient_days.*
    from patient_days, asked
    where
        patient_days.business_date between asked.window_start and asked.window_end
        and patient_days.business_date < $before::date
        and (asked.user_id is null or patient_days.user_id = asked.user_id)
        and (asked.patient_id is null or patient_days.patient_id = asked.patient_id)
        and (
            (patient_days.patient_id, patient_days.business_date) in (select (patient_id, business_date) from cited)
            or (patient_days.state = 'suspicious' and (select full_list from kept))
        )
)

-- a decoy is nobody: nobody is to be told
select
    patient_id,
    list_sort(list_distinct(list(user_id))) as accounts,
    min(first_at) as first_at,
    max(last_at) as last_at,
    sum(accesses)::bigint as accesses,
    list_sort(list_distinct(flatten(list(string_split(coalesce(categories, ''), '|'))))) as categories,
    case
        when bool_or(state = 'suspicious') then 'suspicious'
        when bool_or(not has_ground(state, explanation)) then 'neither'
        else 'explained'
    end as state,
    bool_or(contact) as contact,
    bool_or(clinical) as clinical,
    bool_or(sensitive) as sensitive,
    bool_or(printed) as printed,
    bool_or(exported) as exported
from opened
where patient_id not in (select unnest($decoys::varchar[]))
group by patient_id
order by first_at, patient_id
