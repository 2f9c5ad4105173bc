-- gives   findings: alerts and dates of every finding as they were before $first
-- params  $first
update findings
set
    alert = alert and alerted_on < $first,
    alerted_on = case when alerted_on < $first then alerted_on end,
    last_seen_on = least(last_seen_on, $first::date - 1),
    window_end = least(window_end, $first::date - 1)
