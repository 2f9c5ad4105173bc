-- reads   events, approvals
-- gives   rows: one row per account that exported or printed a list without a patient's number up to $until: its
--          largest one; the $most largest. Of an approval that covered it on that date: why and until when
-- columns user_id varchar, records bigint, exported_on date, approved_for varchar, approved_from date,
--          approved_until date
-- params  $smallest, $until, $most, $pattern
-- note    nobody can tell whether the leaked patients were in there. An approval without patterns covers all
with exported as (
    select
        user_id,
        max(record_count)::bigint as records,
        arg_max(business_date, record_count) as exported_on
    from events
    where
        action in ('export', 'print')
        and patient_id is null
        and record_count >= $smallest
        and outcome is distinct from 'failure'
        and business_date <= $until
    group by user_id
)

select
    exported.user_id,
    exported.records,
    exported.exported_on,
    coalesce(approvals.reason, case when approvals.user_id is not null then '' end) as approved_for,
    approvals.starts_at::date as approved_from,
    (approvals.ends_at - interval 1 second)::date as approved_until
from exported
left join approvals
    on
        exported.user_id = approvals.user_id
        and exported.exported_on >= coalesce(approvals.starts_at, timestamp '-infinity')
        and exported.exported_on < coalesce(approvals.ends_at, timestamp 'infinity')
        and (coalesce(approvals.patterns, '') = '' or list_contains(str_split(approvals.patterns, '|'), $pattern))
qualify
    row_number() over (
        partition by exported.user_id
        order by approvals.starts_at nulls last, approvals.ends_at nulls last, approvals.reason nulls last
    ) = 1
order by exported.records desc, exported.user_id
limit $most
