-- reads   suspicions, patients
-- gives   rows: one row per record on a business date that a person opened suspiciously and without approval, where its
--          patient is told apart by more than the number
-- columns business_date date, patient_id varchar, birth_date date, sex varchar, users varchar[]
-- params  $since, $until, $least
select
    suspicions.business_date,
    suspicions.patient_id,
    patients.birth_date,
    patients.sex,
    list(distinct suspicions.user_id order by suspicions.user_id) as users
from suspicions
join patients using (patient_id)
where
    suspicions.business_date between $since and $until
    and suspicions.largest_evidence > $least
    and not coalesce(suspicions.approved, false)
    and patients.birth_date is not null
    and patients.sex is not null
group by all
order by all
