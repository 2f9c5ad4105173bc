-- reads   events, judged_dates, account_dates, logged_days
-- gives   away_days: one row per (business_date, user_id, patient_id) worked at known workstations: away says whether
--          all of them belong to other departments
-- note    a workstation belongs to the department whose accounts use it most on the judged dates; at least two accounts
with homes as (
    select
        events.workstation,
        mode(account_dates.department order by account_dates.department) as department
    from events
    semi join judged_dates using (business_date)
    join account_dates using (business_date, user_id)
    where events.workstation is not null and account_dates.account_type = 'human'
    group by events.workstation
    having count(distinct events.user_id) >= 2
),

used as (
    select
        business_date,
        user_id,
        patient_id,
        unnest(string_split(workstations, '|')) as workstation
    from logged_days
    where workstations is not null
)

select
    used.business_date,
    used.user_id,
    used.patient_id,
    bool_and(homes.department <> account_dates.department) as away
from used
join homes using (workstation)
join account_dates using (business_date, user_id)
group by all
