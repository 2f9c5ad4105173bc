/*
Reads dates.
Gives noted_dates: every business date, as one that the trail tells of.
*/
insert or ignore into noted_dates
select business_date
from dates
