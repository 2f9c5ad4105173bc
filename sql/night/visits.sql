-- reads   encounters, record_writes
-- gives   visits: one row per stay or visit of a patient in a department, as known on $night
-- params  $night
-- note    without an encounters table stays are inferred from who wrote to the record: days with writing in a
--          department, joined over gaps of up to two days, are a stay; a single day is a visit
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
    select distinct
        patient_id,
        coalesce(nullif(log_department, ''), department) as department,
        business_date
    from record_writes
    where
        not exists (from known)
        and business_date between $night - interval 45 day and $night
        and account_type = 'human'
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

inferred as (
    select
        patient_id,
        department,
        max(business_date) > min(business_date) as inpatient,
        min(business_date)::timestamp as starts_at,
        case
            when max(business_date) < $night - interval 1 day
                then max(business_date) + interval 1 day
        end as ends_at
    from marked
    group by patient_id, department, stay
)

from known
union all
from inferred
