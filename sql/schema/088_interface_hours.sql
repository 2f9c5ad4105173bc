/*
An interface that stops writing while its log goes on is a gap that no count of the whole log shows: what interfaces
write is kept by the hour, from this step on.
*/
create table interface_hours (
    source varchar not null,
    user_id varchar not null,
    business_date date not null,
    hour integer not null,
    events bigint not null
);
