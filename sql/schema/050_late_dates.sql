/*
The history begins with the first date that nights worked through. Dates before it are judged for late rows alone.
*/
alter table dates add column late boolean default false;

-- Quarantined rows that are dated after the run that read them: they are events once their time has come.
create table future_rows (
    source varchar not null,
    file_id integer not null,
    row_number bigint not null,
    base_id varchar not null,           -- identity before it is made unique
    event_time timestamp not null,      -- UTC
    user_id varchar,
    workstation varchar,
    record varchar not null             -- JSON: the row's canonical texts
);
