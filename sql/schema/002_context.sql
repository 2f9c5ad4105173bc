/*
Context tables, replaced from their CSV files at each run. Times are wall clock of the site; ends are exclusive.
Lists are texts separated by `|`. A table that is not configured is empty.
*/
create table context_tables (
    name varchar primary key,
    configured boolean not null,
    path varchar,
    rows bigint not null,
    quarantined bigint not null
);
create table staff (
    user_id varchar not null,
    name varchar,
    department varchar,
    role varchar,
    account_type varchar not null,
    status varchar not null,
    starts_at timestamp,
    ends_at timestamp,
    patient_id varchar,
    manager_id varchar,
    allowed_categories varchar
);
create table patients (
    patient_id varchar not null,
    birth_date date,
    sex varchar,
    flags varchar,
    household_id varchar
);
create table encounters (
    visit_id varchar,
    patient_id varchar not null,
    department varchar,
    kind varchar,
    starts_at timestamp,
    ends_at timestamp
);
create table care_team (
    patient_id varchar not null,
    user_id varchar not null,
    starts_at timestamp,
    ends_at timestamp,
    relation varchar
);
create table roster (
    user_id varchar not null,
    starts_at timestamp not null,
    ends_at timestamp not null
);
create table approvals (
    user_id varchar not null,
    patterns varchar,
    starts_at timestamp,
    ends_at timestamp,
    approved_by varchar,
    reason varchar
);
create table vip_patients (patient_id varchar not null);
create table decoy_patients (patient_id varchar not null);
