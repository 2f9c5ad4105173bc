/*
What holds one row an account, patient and day is called patient-days; an access is one minute. Columns get the names
that the guide uses.
*/
alter table access_parts rename to patient_day_parts;

drop table access_shape;

alter table suspicions rename column support to corroboration;
alter table suspicions rename column manner to access_type;
alter table suspicions rename column surprise to surprisal;

alter table finding_events rename column surprise to surprisal;
