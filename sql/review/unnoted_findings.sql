-- reads   noted_dates, findings
-- gives   rows: one row: ids of the findings that were raised, that became alerts and that grew on business dates which
--          no entry of the trail names yet, and how many stand open
-- columns raised varchar[], alerted varchar[], grown varchar[], open bigint
select
    coalesce(list(finding_id order by finding_id) filter (detected_on not in (from noted_dates)), []) as raised,
    coalesce(list(finding_id order by finding_id) filter (alerted_on not in (from noted_dates)), []) as alerted,
    coalesce(
        list(finding_id order by finding_id) filter (
            last_seen_on not in (from noted_dates) and detected_on in (from noted_dates)
        ),
        []
    ) as grown,
    count(*) filter (status = 'open') as open
from findings
