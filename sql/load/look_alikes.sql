-- reads   events, staff, patients
-- gives   rows: one row per group of accounts or of record numbers that may be one: they differ in letter case, a domain,
--          leading zeros, a decimal point, or a name in front of the number in brackets; most events first
-- columns column_name varchar, ids varchar[], counts bigint[], events bigint
-- params  $first, $last
-- note    of the dates from $first to $last. What the staff or patients table has as different ones is settled
with counted as (
    select
        'user_id' as column_name,
        user_id as id,
        count(*) as events
    from events
    where business_date between $first and $last and not is_nobody(user_id)
    group by user_id
    union all
    select
        'patient_id' as column_name,
        patient_id as id,
        count(*) as events
    from events
    where business_date between $first and $last and patient_id is not null
    group by patient_id
),

bracketed_ids as (
    select
        *,
        nullif(regexp_extract(id, '[(（\[【]([0-9A-Za-z]*[0-9][0-9A-Za-z]*)[)）\]】]$', 1), '') as bracketed
    from counted
),

formed as (
    select
        *,
        regexp_replace(ltrim(lower(bare_id(coalesce(bracketed, id))), '0'), '^([0-9]+)[.]0+$', '\1') as form,
        case
            when column_name = 'user_id' then id in (select user_id from staff)
            else id in (select patient_id from patients)
        end as is_known
    from bracketed_ids
)

select
    column_name,
    list(id order by events desc, id) as ids,
    list(events order by events desc, id) as counts,
    sum(events)::bigint as events
from formed
where form <> ''
group by column_name, form
having count(*) > 1 and not bool_and(is_known)
order by column_name desc, events desc, ids[1]
