-- reads   account_dates, recent_writes, site_rules, visits
-- gives   working_units: one row per (business_date, user_id, department) that the account works for on that date
-- note    the unit of the staff table or the log, and a unit whose inpatients made up much of what the account wrote
--          in the last days: cover, rotation and transfer show themselves by work, not by looking; who writes for the
--          whole hospital (billing, pharmacy) belongs to no ward
with written as (
    select
        account_dates.business_date,
        account_dates.user_id,
        account_dates.account_type,
        recent_writes.business_date as written_on,
        recent_writes.patient_id
    from account_dates
    cross join site_rules
    join recent_writes
        on
            account_dates.user_id = recent_writes.user_id
            and recent_writes.business_date
            between account_dates.business_date - (site_rules.cover_days - 1) and account_dates.business_date
            and coalesce(recent_writes.business_date >= account_dates.held_since, true)
),

totals as (
    select
        business_date,
        user_id,
        count(distinct patient_id) as patients
    from written
    group by all
),

wards as (
    select
        written.business_date,
        written.user_id,
        visits.department,
        count(distinct written.patient_id) as patients
    from written
    join visits
        on
            written.patient_id = visits.patient_id
            and visits.starts_at < written.written_on + interval 1 day
            and coalesce(visits.ends_at, timestamp 'infinity') >= written.written_on
            and visits.inpatient
    where written.account_type = 'human'
    group by all
),

covered as (
    select
        wards.business_date,
        wards.user_id,
        wards.department
    from wards
    join totals using (business_date, user_id)
    cross join site_rules
    where
        wards.patients >= site_rules.cover_patients
        and wards.patients >= site_rules.cover_share * totals.patients
)

select
    business_date,
    user_id,
    department,
    'staff' as known_by
from account_dates
union all
select
    business_date,
    user_id,
    department,
    'work' as known_by
from covered
anti join account_dates using (business_date, user_id, department)
