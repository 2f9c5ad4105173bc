-- reads   source_hours, dates, findings, outbox, policy_days
-- gives   outbox: one row for the night: how much was judged, what is open, and how many events each source sent
-- params  $business_date, $recorded_at
insert into outbox by name
with sources as (
    select list({source: source, events: events} order by source) as sources
    from (
        select source, sum(events)::bigint as events
        from source_hours
        where business_date = $business_date
        group by source
    )
),

health as (
    select
        to_json({
            business_date: dates.business_date,
            events: dates.events,
            accounts: dates.accounts,
            accesses: dates.accesses,
            events_without_patient: dates.events_without_patient,
            findings_open: (select count(*) from findings where status = 'open'),
            alerts_open: (select count(*) from findings where status = 'open' and alert),
            findings_changed: (select count(*) from outbox where business_date = $business_date and kind = 'finding'),
            silent_sources: coalesce(
                (
                    select list(distinct source order by source)
                    from policy_days
                    where business_date = $business_date and subject = 'source'
                ),
                []
            ),
            sources: coalesce(sources.sources, [])
        })::varchar as content
    from dates
    cross join sources
    where dates.business_date = $business_date
)

select
    'health:' || $business_date::varchar as key,
    (select coalesce(max(sequence), 0) from outbox) + 1 as sequence,
    'health' as kind,
    1 as revision,
    $business_date as business_date,
    $recorded_at as recorded_at,
    null as status,
    false as alert,
    sha256(content) as digest,
    content
from health
on conflict (key) do nothing
