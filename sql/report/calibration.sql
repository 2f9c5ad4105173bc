/*
Reads  `dates`.
Gives  the newest thresholds (JSON: nats by stream) calibrated by the end of the period, and that date.
*/
select business_date, thresholds from dates where business_date <= $last and thresholds is not null
order by business_date desc limit 1;
