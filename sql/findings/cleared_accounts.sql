-- reads   finding_holders, finding_events, suspicions, relation_names
-- gives   rows: one row per holder of an account with a finding that rests on accesses which are no longer suspicious
-- columns holder varchar
-- params  $judged, $least
-- note    only the $judged dates have been looked at again. What was named without care and is kept for its number
--          alone now is explained; what was named in care is, once it is kept no longer
select distinct about.holder
from finding_holders as about
join finding_events using (finding_id)
where
    finding_events.surprisal is not null
    and finding_events.local_time::date in (select unnest($judged))
    and not exists (
        from suspicions
        where
            suspicions.business_date = finding_events.local_time::date
            and suspicions.user_id = about.user_id
            and suspicions.patient_id = finding_events.patient_id
            and (
                suspicions.largest_evidence > $least
                or finding_events.explanation not in (select relation from relation_names where without_care)
            )
    )
order by about.holder
