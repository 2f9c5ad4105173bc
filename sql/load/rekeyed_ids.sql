-- reads   ids_before, ids_after
-- gives   rows: one row per date and identifier that stood for itself or another one before and stands for yet another now
-- columns business_date date, before varchar, after varchar
-- note    both tables have one row per source, date and identifier as logged. Where one stands for several now, since its
--          logs differ, the most frequent of them
select
    ids_before.business_date,
    ids_before.id as before,
    mode(ids_after.id order by ids_after.id) as after
from ids_before
join ids_after using (source, business_date, logged_id)
group by ids_before.business_date, ids_before.id
having mode(ids_after.id order by ids_after.id) <> ids_before.id
order by ids_before.business_date, ids_before.id
