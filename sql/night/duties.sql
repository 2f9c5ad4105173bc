-- reads   logged_days, roster, site_rules
-- gives   duties: one row per (business_date, user_id, patient_id) of accounts with a roster: was the account on duty
-- params  $night
-- note    some time before and after a shift belongs to it; an account without any roster row in the week around the
--          day has no roster, and no row here
with rostered as (
    select distinct logged_days.business_date, logged_days.user_id
    from logged_days
    join roster
        on
            logged_days.user_id = roster.user_id
            and roster.starts_at between business_date - interval 7 day and business_date + interval 1 day
            and roster.starts_at < $night + interval 1 day
),

on_shift as (
    select distinct
        logged_days.business_date,
        logged_days.user_id,
        logged_days.patient_id
    from logged_days
    cross join site_rules
    join roster
        on
            logged_days.user_id = roster.user_id
            and covers(
                roster.starts_at,
                roster.ends_at,
                logged_days.first_at,
                logged_days.first_at,
                to_minutes(site_rules.roster_minutes_before),
                to_minutes(site_rules.roster_minutes_after)
            )
            and roster.starts_at between business_date - interval 2 day and business_date + interval 1 day
)

select
    logged_days.business_date,
    logged_days.user_id,
    logged_days.patient_id,
    on_shift.user_id is not null as on_duty
from logged_days
join rostered using (business_date, user_id)
left join on_shift using (business_date, user_id, patient_id)
