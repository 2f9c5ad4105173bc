-- reads   dates
-- gives   noted_dates: every business date, as one that the trail names
insert or ignore into noted_dates
select business_date
from dates
