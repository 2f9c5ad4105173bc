-- reads   dates, encounters, patients
-- gives   rows: one row: first and last business date judged, whether stays are known, records told apart by more than
--          their number
-- columns first date, last date, encounters_known boolean, known_records bigint
select
    min(business_date) filter (not coalesce(late, false)) as first,
    max(business_date) as last,
    exists (from encounters) as encounters_known,
    (select count(*) from patients where birth_date is not null and sex is not null) as known_records
from dates
