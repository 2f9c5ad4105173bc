-- reads   facts, site_rules, busy_records, account_days
-- gives   test_records: one row per (business_date, patient_id) that is a test record, or looks like one: is_listed by the
--          site; is_busy where accounts of many departments opened it on the date and nobody knows of a visit; is_test
--          where it is listed, or was busy on seven dates, and two of five, of the four weeks before, whoever opens it now
-- note    a celebrity whom many look up for some days is no test record; nor is it a habit of theirs. An office may open
--          the records of whoever has no visit: a test record stays one
with opened as (
    select
        business_date,
        patient_id,
        count(distinct department) filter (account_type = 'human') as departments,
        bool_and(relation in ('stranger', 'office_task')) and bool_or(relation = 'stranger') as is_stranger
    from facts
    group by all
),

at_work as (
    select business_date, count(distinct department) as departments
    from facts
    where account_type = 'human'
    group by all
),

marked as (
    select
        opened.business_date,
        opened.patient_id,
        opened.is_stranger,
        list_contains(site_rules.test_patients, opened.patient_id) as is_listed,
        opened.is_stranger
        and opened.departments >= 4
        and opened.departments >= 0.3 * at_work.departments as is_busy
    from opened
    join at_work using (business_date)
    cross join site_rules
),

before as (
    select marked.business_date, marked.patient_id, count(*) as busy_dates
    from marked
    join busy_records
        on
            marked.patient_id = busy_records.patient_id
            and busy_records.business_date between marked.business_date - 27 and marked.business_date - 1
    group by all
),

known_dates as (
    select marked.business_date, count(distinct account_days.business_date) as dates
    from (select distinct business_date from marked) as marked
    join account_days on account_days.business_date between marked.business_date - 27 and marked.business_date - 1
    group by all
),

judged as (
    select
        marked.*,
        is_listed
        or (is_stranger and coalesce(looks_like_test(before.busy_dates, known_dates.dates), false)) as is_test
    from marked
    left join before using (business_date, patient_id)
    left join known_dates using (business_date)
)

select business_date, patient_id, is_listed, is_busy, is_test
from judged
where is_busy or is_test
