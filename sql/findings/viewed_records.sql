-- reads   suspicions, relation_names, earlier_suspicions
-- gives   rows: one row per record that at least $least accounts opened without a reason
-- columns patient_id varchar, viewers bigint, departments bigint, new_viewers bigint, vip boolean, first_on date,
--          last_new_on date
-- params  $since, $until, $new_dates, $evidence, $least
-- note    a viewer's access adds at least $evidence millionths of a nat to some stream; approved ones do not count. New
--          viewers opened it on one of the $new_dates; what a late date held before its late rows came is not new
with views as (
    select
        suspicions.*,
        business_date in (select unnest($new_dates)) and earlier_suspicions.user_id is null as is_new
    from suspicions
    join relation_names using (relation)
    left join (
        select business_date, user_id, patient_id
        from earlier_suspicions
        where largest_evidence >= $evidence
    ) as earlier_suspicions using (business_date, user_id, patient_id)
    where
        business_date between $since and $until
        and not approved
        and largest_evidence >= $evidence
        and without_care
        and tells_with_others(present, corroboration, features)
)

select
    patient_id,
    count(distinct user_id) as viewers,
    count(distinct department) as departments,
    count(distinct user_id) filter (is_new) as new_viewers,
    count(distinct user_id) filter (list_contains(features, 'vip_unexplained')) > 0 as vip,
    min(business_date) as first_on,
    max(business_date) filter (is_new) as last_new_on
from views
group by patient_id
having count(distinct user_id) >= $least
order by patient_id
