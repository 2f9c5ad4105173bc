/*
Quarantined rows that are events without another word in the log as soon as something is so: their time has come, or
the order of day and month in their source is settled.
*/
create table waiting_rows (
    source varchar not null,
    file_id integer not null,
    row_number bigint not null,
    waits_for varchar not null,         -- time or order
    base_id varchar not null,           -- identity before it is made unique
    event_time timestamp,               -- UTC; null while its order is open
    user_id varchar,
    workstation varchar,
    record varchar not null             -- JSON: the row's canonical texts
);
insert into waiting_rows by name select *, 'time' as waits_for from future_rows;
drop table future_rows;

-- What rows say of the order of day and month in their source, the first that says so; two orders contradict each other.
create table time_orders (
    source varchar not null,
    time_order varchar not null,        -- day_first or month_first
    file_id integer not null,
    path varchar not null,
    row_number bigint not null,
    event_time varchar not null         -- as the log wrote it
);
