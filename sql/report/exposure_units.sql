-- reads   account_days, patient_days, events
-- gives   rows: one row per department and role of people at work in the period: on how many patient-days contact pages
--          and sensitive content were opened, and of those judged with what ground; the lists opened; exports and prints
--          of lists, and the records that they returned
-- columns department varchar, role varchar, accounts bigint, contact bigint, contact_judged bigint,
--          contact_explained bigint, contact_usual bigint, sensitive bigint, sensitive_judged bigint,
--          sensitive_explained bigint, sensitive_usual bigint, lists bigint, copies bigint, records bigint
-- params  $first, $last, $judged_from
-- note    an account counts in one row, where it belonged on its last date of the period. Lists name no patient, so that
--          no ground can be told of them
with homes as (
    select
        user_id,
        last(coalesce(department, '') order by business_date, department) as department,
        last(coalesce(role, '') order by business_date, role) as role
    from account_days
    where business_date between $first and $last and account_type = 'human'
    group by user_id
),

labelled as (
    select
        *,
        business_date >= $judged_from as judged,
        has_ground(state, explanation) as explained,
        only_usual(state, explanation) as usual
    from patient_days
    where business_date between $first and $last and account_type = 'human'
),

pages as (
    select
        user_id,
        count(*) filter (contact) as contact,
        count(*) filter (contact and judged) as contact_judged,
        count(*) filter (contact and judged and explained) as contact_explained,
        count(*) filter (contact and judged and usual) as contact_usual,
        count(*) filter (sensitive) as sensitive,
        count(*) filter (sensitive and judged) as sensitive_judged,
        count(*) filter (sensitive and judged and explained) as sensitive_explained,
        count(*) filter (sensitive and judged and usual) as sensitive_usual
    from labelled
    group by user_id
),

listings as (
    select
        user_id,
        count(*) filter (
            action in ('search', 'view') and (coalesce(category = 'list', false) or record_count > 1)
        ) as lists,
        count(*) filter (action = 'export' or (action = 'print' and record_count > 1)) as copies,
        sum(record_count) filter (action = 'export' or (action = 'print' and record_count > 1)) as records
    from events
    where business_date between $first and $last and outcome = 'success'
    group by user_id
)

select
    homes.department,
    homes.role,
    count(*) as accounts,
    coalesce(sum(pages.contact), 0)::bigint as contact,
    coalesce(sum(pages.contact_judged), 0)::bigint as contact_judged,
    coalesce(sum(pages.contact_explained), 0)::bigint as contact_explained,
    coalesce(sum(pages.contact_usual), 0)::bigint as contact_usual,
    coalesce(sum(pages.sensitive), 0)::bigint as sensitive,
    coalesce(sum(pages.sensitive_judged), 0)::bigint as sensitive_judged,
    coalesce(sum(pages.sensitive_explained), 0)::bigint as sensitive_explained,
    coalesce(sum(pages.sensitive_usual), 0)::bigint as sensitive_usual,
    coalesce(sum(listings.lists), 0)::bigint as lists,
    coalesce(sum(listings.copies), 0)::bigint as copies,
    coalesce(sum(listings.records), 0)::bigint as records
from homes
left join pages using (user_id)
left join listings using (user_id)
group by homes.department, homes.role
order by homes.department, homes.role
