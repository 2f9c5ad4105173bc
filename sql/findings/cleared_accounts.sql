-- reads   finding_holders, finding_events, suspicions
-- gives   rows: one row per holder of an account with a finding that rests on accesses which are no longer suspicious
-- columns holder varchar
-- params  $judged, $least
-- note    only the $judged dates have been looked at again; what is in care and weighs by its number alone counts as
--          explained: a finding about such numbers is rated again and stays
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
            and suspicions.largest_evidence > $least
    )
order by about.holder
