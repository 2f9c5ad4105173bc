-- reads   events, judged_dates, site_rules
-- gives   logged_days: one row per (business_date, user_id, patient_id): what an account did with one patient that day
-- note    accesses are distinct minutes: one click writes three to thirty rows. Distinct texts by lists: aggregates of
--          distinct values in order cost twice as much
select
    business_date,
    user_id,
    patient_id,
    mode(patient_department order by patient_department) as log_department,
    min(local_time) as first_at,
    max(local_time) as last_at,
    count(*)::integer as events,
    count(distinct date_trunc('minute', local_time))::integer as accesses,
    coalesce(sum(record_count) filter (action in ('print', 'export')), 0)::bigint as records,
    bool_or(coalesce(category = 'demographics', false) and action in ('view', 'print', 'export', 'search')) as contact,
    bool_or(coalesce(
        category in (
            'obstetric', 'newborn', 'note', 'order', 'medication', 'result', 'imaging', 'psychiatric', 'reproductive',
            'infectious'
        ),
        false
    )) as clinical,
    bool_or(action in ('create', 'update', 'delete')) as wrote,
    bool_or(
        action in ('create', 'update') and category in ('order', 'medication', 'result', 'imaging')
    ) as ordered,
    bool_or(coalesce(category = 'list', false)) as listed,
    bool_or(action = 'print') as printed,
    bool_or(action = 'export') as exported,
    bool_or(action = 'break_glass') as broke_glass,
    bool_or(action = 'search') as searched,
    bool_or(action = 'search' and coalesce(query_by in ('phone', 'id_number'), false)) as searched_by_identity,
    bool_or(action = 'search' and coalesce(query_by = 'name', false)) as searched_by_name,
    bool_or(coalesce(category in ('psychiatric', 'reproductive', 'infectious'), false)) as sensitive,
    bool_or(outcome = 'failure') as failed,
    len(list_distinct(list(category)))::integer as breadth,
    nullif(array_to_string(list_sort(list_distinct(list(category))), '|'), '') as categories,
    nullif(array_to_string(list_sort(list_distinct(list(workstation))), '|'), '') as workstations,
    bool_or(in_turn(date_part('hour', local_time), site_rules.night_from, site_rules.night_to - 1)) as at_night,
    min(event_id) as first_event_id
from events
semi join judged_dates using (business_date)
cross join site_rules
where patient_id is not null and is_access(action) and not is_nobody(user_id)
group by business_date, user_id, patient_id
