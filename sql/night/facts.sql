-- reads  patient_days, account_dates, relations, follow_ups, authorised_offices, supports, duties, away_days, calendar_days, sensitive_departments, approval_dates, patients, staff_patients, vip_patients, decoy_patients
-- gives  facts: one row per (business_date, user_id, patient_id): everything known of an access before it is judged
select
    patient_days.business_date,
    patient_days.user_id,
    patient_days.patient_id,
    account_dates.department,
    account_dates.role,
    account_dates.account_type,
    coalesce(account_dates.new_account, false) as new_account,
    patient_days.log_department as patient_department,
    patient_days.first_at,
    patient_days.last_at,
    patient_days.events,
    patient_days.accesses,
    patient_days.records,
    patient_days.contact,
    patient_days.clinical,
    patient_days.wrote,
    patient_days.listed,
    patient_days.printed,
    patient_days.exported,
    patient_days.broke_glass,
    patient_days.searched,
    patient_days.targeted,
    patient_days.named,
    patient_days.sensitive,
    patient_days.failed,
    patient_days.breadth,
    patient_days.categories,
    patient_days.workstations,
    not duties.on_duty as off_roster,
    patient_days.night,
    coalesce(away_days.away, false) as away,
    coalesce(calendar_days.day_off, false) as day_off,
    patient_days.log_department in (from sensitive_departments)
    or coalesce(list_has_any(string_split(patient_days.categories, '|'), (select list(department) from sensitive_departments)), false)
        as sensitive_place,
    vip_patients.patient_id is not null or coalesce(list_contains(string_split(patients.flags, '|'), 'vip'), false) as vip,
    decoy_patients.patient_id is not null as decoy,
    (staff_patients.patient_id is not null or coalesce(list_contains(string_split(patients.flags, '|'), 'staff'), false))
    and coalesce(patient_days.patient_id <> account_dates.own_patient_id, true) as colleague,
    coalesce(patient_days.patient_id <> account_dates.own_patient_id and patients.household_id = own.household_id, false) as household,
    coalesce(patient_days.patient_id = account_dates.own_patient_id, false) as self,
    coalesce(list_contains(string_split(patients.flags, '|'), 'maternity'), false)
    or coalesce(contains(patient_days.categories, 'obstetric'), false) as maternity,
    coalesce(list_contains(string_split(patients.flags, '|'), 'newborn'), false)
    or coalesce(patient_days.business_date - patients.birth_date between 0 and 28, false)
    or coalesce(contains(patient_days.categories, 'newborn'), false) as newborn,
    relation_names.rank as relation_rank,
    relation_names.relation,
    relation_names.weak,
    case
        when supports.by_unit then 'unit'
        when supports.by_unit is not null then 'other'
        else 'none'
    end as support,
    case
        when patient_days.wrote then 'write'
        when patient_days.targeted then 'targeted'
        when patient_days.printed or patient_days.exported then 'export'
        when patient_days.sensitive then 'sensitive'
        when patient_days.contact and not patient_days.clinical then 'contact'
        else 'read'
    end as manner,
    approval_dates.reason as approval,
    approval_dates.patterns as approved_patterns,
    patient_days.first_event_id
from patient_days
join account_dates using (business_date, user_id)
join relations using (business_date, user_id, patient_id)
left join follow_ups using (business_date, user_id)
left join authorised_offices on account_dates.department = authorised_offices.department
join relation_names
    on
        relation_names.rank
        = case
            when relations.rank in (6, 7, 9, 10) and follow_ups.user_id is not null then 19
            when
                relations.rank >= 12
                and authorised_offices.department is not null
                and not patient_days.targeted
                and not patient_days.exported
                and (patient_days.clinical or patient_days.wrote or contains(patient_days.categories, 'billing'))
                then 20
            else relations.rank
        end
left join supports using (business_date, user_id, patient_id)
left join away_days using (business_date, user_id, patient_id)
left join calendar_days using (business_date)
left join duties using (business_date, user_id, patient_id)
left join approval_dates using (business_date, user_id)
left join patients on patient_days.patient_id = patients.patient_id
left join patients as own on account_dates.own_patient_id = own.patient_id
left join (select distinct patient_id from staff where patient_id is not null) as staff_patients
    on patient_days.patient_id = staff_patients.patient_id
left join vip_patients on patient_days.patient_id = vip_patients.patient_id
left join decoy_patients on patient_days.patient_id = decoy_patients.patient_id
