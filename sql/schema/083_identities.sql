/*
Which account and patient an event is of, where its log alone does not say so: what the site's crosswalk tables say, the
rules of `[source.identity]`, and both as the last run applied them to the events, which stay as they were loaded.
*/
create table user_ids (
    source varchar,
    id varchar not null,
    canonical_id varchar not null,
    starts_at timestamp,
    ends_at timestamp
);
create table patient_ids (
    source varchar,
    id varchar not null,
    canonical_id varchar not null,
    starts_at timestamp,
    ends_at timestamp
);
create table identity_rules (
    source varchar not null,
    column_name varchar not null,
    strip_domain boolean not null,
    pattern varchar,
    fold boolean not null,
    pad_to integer not null
);
create table identities (
    column_name varchar not null,
    source varchar not null,
    id varchar not null,
    canonical_id varchar not null,
    starts_at timestamp not null,
    ends_at timestamp not null
);
create table rekeyed_dates (business_date date not null);
create table rekeyed_accounts (
    user_id varchar not null,
    canonical_id varchar not null
);
