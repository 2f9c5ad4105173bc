-- reads   decisions, approvals, finding_holders
-- gives   approvals_known: one row per approval on file, and per decision that an account's finding is justified until
--          a date: it approves what its scope names from the business date after the decision on
-- params  $night
-- note    later decisions, and those taken back, do not count; nor does a decision for the account's next holder
with standing as (
    select
        finding_id,
        arg_max(disposition, sequence) as disposition,
        arg_max(patterns, sequence) as patterns,
        arg_max(through, sequence) as through,
        max_by(struct_pack(day := until), sequence).day as until,
        arg_max(officer, sequence) as officer,
        arg_max(note, sequence) as note
    from decisions
    where coalesce(through, date '-infinity') < $night
    group by finding_id
)

select user_id, patterns, starts_at, ends_at, approved_by, reason
from approvals
union all by name
select
    finding_holders.user_id,
    array_to_string(standing.patterns, '|') as patterns,
    standing.through + interval 1 day as starts_at,
    least(standing.until + 1, finding_holders.until)::timestamp as ends_at,
    standing.officer as approved_by,
    standing.finding_id || ': ' || standing.note as reason
from standing
join finding_holders using (finding_id)
where standing.disposition = 'justified' and standing.until is not null
