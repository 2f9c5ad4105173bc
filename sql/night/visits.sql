-- reads   encounters, record_writes, site_rules
-- gives   visits: one row per stay or visit of a patient in a department, as known on $night
-- params  $night
-- note    without an encounters table stays are inferred from who wrote to the record: days with writing in a
--          department, joined over gaps of up to two days, are a stay; a single day is a visit. A day on which one
--          person alone wrote soon after a stay there is neither: it is the note of a call, a letter or a late summary
with known as (
    select
        patient_id,
        department,
        coalesce(kind, 'outpatient') = 'inpatient' as inpatient,
        starts_at,
        known_end(ends_at, $night) as ends_at
    from encounters
    where starts_at < $night + interval 1 day and patient_id is not null and department is not null
),

written as (
    select
        patient_id,
        coalesce(nullif(log_department, ''), department) as department,
        business_date,
        count(distinct user_id) as writers
    from record_writes
    where
        not exists (from known)
        and business_date between $night - interval 45 day and $night
        and account_type = 'human'
    group by all
),

marked as (
    select
        *,
        sum(case when business_date - previous <= 2 then 0 else 1 end) over (
            partition by patient_id, department order by business_date
        ) as stay
    from (
        select
            *,
            lag(business_date) over (partition by patient_id, department order by business_date) as previous
        from written
    )
),

stays as (
    select
        patient_id,
        department,
        max(business_date) > min(business_date) as inpatient,
        min(business_date) as first_on,
        max(business_date) as last_on,
        max(writers) as writers
    from marked
    group by patient_id, department, stay
),

after_stays as (
    select
        *,
        max(last_on) filter (inpatient) over (
            partition by patient_id, department order by first_on rows between unbounded preceding and 1 preceding
        ) as left_on
    from stays
),

inferred as (
    select
        patient_id,
        department,
        inpatient,
        first_on::timestamp as starts_at,
        case when last_on < $night - interval 1 day then last_on + interval 1 day end as ends_at
    from after_stays
    where
        inpatient
        or writers > 1
        or left_on is null
        or first_on - left_on > (select follow_up_discharged_days from site_rules)
)

from known
union all
from inferred
