-- reads  account_dates, recent_writes, visits
-- gives  working_units: one row per (business_date, user_id, department) that the account works for on that date
-- note   the unit of the staff table or the log, and a unit whose inpatients made up much of what the account wrote
--        in the last seven days: cover, rotation and transfer show themselves by work, not by looking; who writes for
--        the whole hospital (billing, pharmacy) belongs to no ward
with totals as (
    select
        account_dates.business_date,
        account_dates.user_id,
        count(distinct recent_writes.patient_id) as patients
    from account_dates
    join recent_writes
        on
            account_dates.user_id = recent_writes.user_id
            and recent_writes.business_date between account_dates.business_date - 6 and account_dates.business_date
    group by all
),

written as (
    select
        account_dates.business_date,
        account_dates.user_id,
        visits.department,
        count(distinct recent_writes.patient_id) as patients,
        count(distinct recent_writes.business_date) as days
    from account_dates
    join recent_writes
        on
            account_dates.user_id = recent_writes.user_id
            and recent_writes.business_date between account_dates.business_date - 6 and account_dates.business_date
    join visits
        on
            recent_writes.patient_id = visits.patient_id
            and visits.starts_at < recent_writes.business_date + interval 1 day
            and coalesce(visits.ends_at, timestamp '9999-01-01') >= recent_writes.business_date
            and visits.inpatient
    where account_dates.account_type = 'human'
    group by all
)

select business_date, user_id, department, 'staff' as known_by
from account_dates
union
select business_date, user_id, department, 'work' as known_by
from written
join totals using (business_date, user_id)
where written.patients >= 4 and written.patients >= 0.4 * totals.patients and (business_date, user_id, department) not in (select (business_date, user_id, department) from account_dates)
