/*
A file that fails is not taken for the truth: which version of a context table is in use, why the newest file is not,
and how many rows of a dated table were valid on the dates that it was good for.
*/
alter table context_tables add column digest varchar;
alter table context_tables add column good_on date;
alter table context_tables add column failure varchar;
alter table context_tables add column failed_on date;
alter table context_tables add column found bigint;
alter table context_tables add column usual bigint;
alter table context_tables add column detail varchar;
alter table context_tables add column acceptable boolean;
alter table context_tables add column columns varchar;
create table context_days (
    name varchar not null,
    business_date date not null,
    rows bigint not null,
    primary key (name, business_date)
);
