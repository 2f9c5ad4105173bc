-- reads   suspicions, relation_names
-- gives   rows: one row: records with an unexplained viewer, and among them those with a second one
-- columns viewed bigint, viewed_again bigint
-- params  $since, $night, $evidence
with records as (
    select patient_id, count(distinct user_id) as viewers
    from suspicions
    join relation_names using (relation)
    where
        business_date between $since and $night
        and largest_evidence >= $evidence
        and tells_with_others(present, corroboration, features)
    group by patient_id
)

select count(*) as viewed, count(*) filter (viewers >= 2) as viewed_again
from records
