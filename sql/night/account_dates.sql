-- reads   staff_on, site_rules, log_accounts, account_spans
-- gives   account_dates: one row per (business_date, user_id) with events: who it is, as of that date
-- note    the staff table wins over the log; without it the log's role text says what kind of account it is
with texts as (
    select
        business_date,
        user_id,
        concat_ws(' ', user_id, role) as text
    from log_accounts
)

select
    log_accounts.business_date,
    log_accounts.user_id,
    coalesce(staff_on.name, log_accounts.name) as name,
    coalesce(staff_on.department, log_accounts.department, '?') as department,
    coalesce(staff_on.role, log_accounts.role, '?') as role,
    coalesce(
        staff_on.account_type,
        case
            when has_word(texts.text, site_rules.kiosk_words) then 'kiosk'
            when has_word(texts.text, site_rules.vendor_words) then 'vendor'
            when has_word(texts.text, site_rules.service_words) then 'service'
            else 'human'
        end
    ) as account_type,
    coalesce(staff_on.status, 'active') as status,
    coalesce(staff_on.has_left, false) as has_left,
    staff_on.left_at,
    staff_on.own_patient_id,
    staff_on.manager_id,
    staff_on.allowed_categories,
    staff_on.user_id is not null as in_staff,
    coalesce(
        log_accounts.business_date - staff_on.in_post_since::date between 0 and site_rules.new_account_days, false
    )
    or (
        staff_on.in_post_since is null
        and log_accounts.business_date - coalesce(account_spans.first_seen_on, log_accounts.business_date)
        between 0 and site_rules.new_account_days
        and log_accounts.business_date - (select min(first_seen_on) from account_spans)
        > site_rules.new_account_history_days
    ) as new_account,
    log_accounts.events,
    log_accounts.active_hours,
    staff_on.held_since
from log_accounts
join texts using (business_date, user_id)
cross join site_rules
left join staff_on using (business_date, user_id)
left join account_spans on log_accounts.user_id = account_spans.user_id
