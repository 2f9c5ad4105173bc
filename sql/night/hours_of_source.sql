-- reads   events, judged_dates
-- gives   hours_of_source: events per source, business date and hour of the judged dates
select
    source,
    business_date,
    date_part('hour', local_time)::integer as hour,
    count(*)::bigint as events
from events
semi join judged_dates using (business_date)
group by all
