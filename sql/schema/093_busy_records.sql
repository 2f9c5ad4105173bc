/*
Records that look like test records: without any visit, opened on one date by accounts of many departments. Who opened
them is no habit of anybody; where it goes on for days, it is no evidence either.
*/
create table busy_records (
    business_date date not null,
    patient_id varchar not null
);
