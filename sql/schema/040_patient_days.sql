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

-- Columns of the parts of patient-days, for readers of a store that has none yet.
create table patient_day_shape (
    business_date date,
    user_id varchar,
    patient_id varchar,
    department varchar,
    role varchar,
    account_type varchar,
    patient_department varchar,
    first_at timestamp,
    last_at timestamp,
    events integer,
    accesses integer,
    records bigint,
    contact boolean,
    clinical boolean,
    wrote boolean,
    listed boolean,
    printed boolean,
    exported boolean,
    broke_glass boolean,
    searched boolean,
    searched_by_identity boolean,
    searched_by_name boolean,
    sensitive boolean,
    failed boolean,
    breadth integer,
    categories varchar,
    workstations varchar,
    off_roster boolean,
    at_night boolean,
    vip boolean,
    decoy boolean,
    colleague boolean,
    household boolean,
    own_record boolean,
    maternity boolean,
    newborn boolean,
    relation varchar,
    corroboration varchar,
    access_type varchar,
    approval varchar,
    explanation varchar,
    surprisal integer,
    state varchar,
    first_event_id varchar
);
