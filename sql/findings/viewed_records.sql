-- reads   suspicions, relation_names, earlier_suspicions
-- gives   rows: one row per record that at least $least accounts opened without a reason. weight: the viewers as they
--          count: a unit's further ones $colleague each, those of the night itself, whose date is looked at for the first
--          time, $fresh
-- columns patient_id varchar, viewers bigint, weight double, new_viewers bigint, settled_viewers bigint, vip boolean,
--          first_on date, last_new_on date
-- params  $since, $until, $night, $new_dates, $evidence, $least, $colleague, $fresh
-- note    a viewer's access adds at least $evidence millionths of a nat to some stream; approved ones do not count. New
--          viewers opened it on one of the $new_dates, settled ones on the date before the night; what a late date held
--          before its late rows came is not new
with views as (
    select
        suspicions.*,
        business_date in (select unnest($new_dates)) and earlier_suspicions.user_id is null as is_new,
        business_date = $night::date - 1 as is_settled
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
),

viewers as (
    select
        patient_id,
        user_id,
        arg_min(department, business_date) as department,
        bool_or(is_new) as is_new,
        bool_or(is_settled) as is_settled,
        bool_or(list_contains(features, 'vip_unexplained')) as vip,
        min(business_date) as first_on,
        max(business_date) filter (is_new or is_settled) as last_new_on,
        first_on = $night as is_fresh
    from views
    group by patient_id, user_id
),

counted as (
    select
        *,
        if(row_number() over unit > 1, $colleague, 1.0) * if(is_fresh, $fresh, 1.0) as weight
    from viewers
    window unit as (partition by patient_id, department order by first_on, user_id)
)

select
    patient_id,
    count(*) as viewers,
    sum(weight)::double as weight,
    count(*) filter (is_new) as new_viewers,
    count(*) filter (is_settled) as settled_viewers,
    bool_or(vip) as vip,
    min(first_on) as first_on,
    max(last_new_on) as last_new_on
from counted
group by patient_id
having count(*) >= $least
order by patient_id
