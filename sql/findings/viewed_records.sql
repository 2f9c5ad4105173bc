-- reads   suspicions, relation_names
-- gives   rows: one row per record that at least $least accounts opened without a reason
-- columns patient_id varchar, viewers bigint, viewers_tonight bigint, vip boolean, first_on date
-- params  $since, $night, $evidence, $least
-- note    a viewer's access adds at least $evidence millionths of a nat to some stream; approved ones do not count
select
    patient_id,
    count(distinct user_id) as viewers,
    count(distinct user_id) filter (business_date = $night) as viewers_tonight,
    count(distinct user_id) filter (list_contains(features, 'vip_unexplained')) > 0 as vip,
    min(business_date) as first_on
from suspicions
where
    business_date between $since and $night
    and not approved
    and largest_evidence >= $evidence
    and relation in (select relation from relation_names where without_care)
group by patient_id
having count(distinct user_id) >= $least
order by patient_id
