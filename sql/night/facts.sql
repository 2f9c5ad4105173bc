-- reads   logged_days, sensitive_departments, account_dates, relations, relation_names, follow_ups, authorised_offices,
--          corroborations, away_days, calendar_days, duties, approval_dates, patients, staff, vip_patients,
--          decoy_patients
-- gives   facts: one row per (business_date, user_id, patient_id): what the night learns of an access before it is
--          scored
-- note    where the account is on follow-up duty, or its office's task covers the access, that takes the place of the
--          strongest relation; an office's task is people's
select
    logged_days.business_date,
    logged_days.user_id,
    logged_days.patient_id,
    account_dates.department,
    account_dates.role,
    account_dates.account_type,
    coalesce(account_dates.new_account, false) as new_account,
    logged_days.log_department as patient_department,
    logged_days.first_at,
    logged_days.last_at,
    logged_days.events,
    logged_days.accesses,
    logged_days.records,
    logged_days.contact,
    logged_days.clinical,
    logged_days.wrote,
    logged_days.listed,
    logged_days.printed,
    logged_days.exported,
    logged_days.broke_glass,
    logged_days.searched,
    logged_days.searched_by_identity,
    logged_days.searched_by_name,
    logged_days.sensitive,
    logged_days.failed,
    logged_days.breadth,
    logged_days.categories,
    logged_days.workstations,
    not duties.on_duty as off_roster,
    logged_days.at_night,
    coalesce(away_days.away, false) as away,
    coalesce(calendar_days.day_off, false) as day_off,
    logged_days.log_department in (from sensitive_departments)
    or coalesce(
        list_has_any(string_split(logged_days.categories, '|'), (select list(department) from sensitive_departments)),
        false
    ) as sensitive_place,
    vip_patients.patient_id is not null or has_flag(patients.flags, 'vip') as vip,
    decoy_patients.patient_id is not null as decoy,
    (staff_patients.patient_id is not null or has_flag(patients.flags, 'staff'))
    and coalesce(logged_days.patient_id <> account_dates.own_patient_id, true) as colleague,
    coalesce(
        logged_days.patient_id <> account_dates.own_patient_id and patients.household_id = own.household_id, false
    ) as household,
    coalesce(logged_days.patient_id = account_dates.own_patient_id, false) as own_record,
    has_flag(patients.flags, 'maternity')
    or coalesce(contains(logged_days.categories, 'obstetric'), false) as maternity,
    has_flag(patients.flags, 'newborn')
    or coalesce(logged_days.business_date - patients.birth_date between 0 and 28, false)
    or coalesce(contains(logged_days.categories, 'newborn'), false) as newborn,
    relation_names.relation,
    relation_names.without_care,
    case
        when corroborations.by_unit then 'unit'
        when corroborations.by_unit is not null then 'other'
        else 'none'
    end as corroboration,
    case
        when logged_days.wrote then 'write'
        when logged_days.searched_by_identity then 'targeted'
        when logged_days.printed or logged_days.exported then 'export'
        when logged_days.sensitive then 'sensitive'
        when logged_days.contact and not logged_days.clinical then 'contact'
        else 'read'
    end as access_type,
    approval_dates.reason as approval,
    approval_dates.patterns as approved_patterns,
    logged_days.first_event_id
from logged_days
join account_dates using (business_date, user_id)
join relations using (business_date, user_id, patient_id)
join relation_names as strongest on relations.relation = strongest.relation
left join follow_ups using (business_date, user_id)
left join authorised_offices on account_dates.department = authorised_offices.department
join relation_names
    on
        relation_names.relation
        = case
            when strongest.after_discharge and follow_ups.user_id is not null then 'follow_up'
            when
                strongest.open_to_offices
                and account_dates.account_type = 'human'
                and authorised_offices.department is not null
                and not logged_days.searched_by_identity
                and not logged_days.exported
                and (logged_days.clinical or logged_days.wrote or contains(logged_days.categories, 'billing'))
                then 'office_task'
            else strongest.relation
        end
left join corroborations using (business_date, user_id, patient_id)
left join away_days using (business_date, user_id, patient_id)
left join calendar_days using (business_date)
left join duties using (business_date, user_id, patient_id)
left join approval_dates using (business_date, user_id)
left join patients on logged_days.patient_id = patients.patient_id
left join patients as own on account_dates.own_patient_id = own.patient_id
left join (select distinct patient_id from staff where patient_id is not null) as staff_patients
    on logged_days.patient_id = staff_patients.patient_id
left join vip_patients on logged_days.patient_id = vip_patients.patient_id
left join decoy_patients on logged_days.patient_id = decoy_patients.patient_id
