-- reads   suspicions
-- gives   rows: one row per account and patient on a business date whose access is suspicious and not approved
-- columns business_date date, user_id varchar, patient_id varchar, accesses integer, records bigint, features varchar[],
--          largest_evidence bigint
-- params  $users, $since, $until, $least
select business_date, user_id, patient_id, accesses, records, features, largest_evidence
from suspicions
where
    user_id in (select unnest($users))
    and business_date between $since and $until
    and largest_evidence > $least
    and not coalesce(approved, false)
order by business_date, user_id, patient_id
