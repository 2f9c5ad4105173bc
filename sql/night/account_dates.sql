-- reads  log_accounts, staff_on, account_spans
-- gives  account_dates: one row per (business_date, user_id) with events: who it is, as of that date
-- note   the staff table wins over the log; without it the kind of account is told by the log's role text
select
    log_accounts.business_date,
    log_accounts.user_id,
    coalesce(staff_on.name, log_accounts.name) as name,
    coalesce(staff_on.department, log_accounts.department, '?') as department,
    coalesce(staff_on.role, log_accounts.role, '?') as role,
    coalesce(
        staff_on.account_type,
        case
            when regexp_matches(lower(concat_ws(' ', log_accounts.user_id, log_accounts.role)), 'kiosk|自助|自助机') then 'kiosk'
            when regexp_matches(lower(concat_ws(' ', log_accounts.user_id, log_accounts.role)), 'vendor|厂商|外包|维保') then 'vendor'
            when regexp_matches(lower(concat_ws(' ', log_accounts.user_id, log_accounts.role)), 'service|svc_|interface|接口|服务账号') then 'service'
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
    coalesce(log_accounts.business_date - staff_on.starts_at::date between 0 and 21, false)
    or (
        staff_on.starts_at is null
        and log_accounts.business_date - coalesce(account_spans.first_seen_on, log_accounts.business_date) between 0 and 21
        and log_accounts.business_date - (select min(first_seen_on) from account_spans) > 42
    ) as new_account,
    log_accounts.events,
    log_accounts.active_hours
from log_accounts
left join staff_on using (business_date, user_id)
left join account_spans on log_accounts.user_id = account_spans.user_id
