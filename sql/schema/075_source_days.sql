/*
What can be seen of a site is read from what each night noted of its logs, not from four weeks of events at each look.
A date that was judged before this step has no rows until the next run.
*/
create table source_days (
    business_date date not null,
    source varchar not null,
    events bigint not null,
    operations bigint not null,
    without_patient bigint not null,
    patients boolean not null,
    contact_pages boolean not null,
    categories boolean not null,
    obstetrics boolean not null,
    searches boolean not null,
    copies boolean not null,
    exports boolean not null,
    record_counts boolean not null,
    addresses boolean not null,
    workstations boolean not null,
    break_glass boolean not null,
    reasons boolean not null,
    departments boolean not null
);
