/*
The outbox: what a SIEM is to be told. One row per finding, in its newest state, and one per business date for the
health of the night. Rows are written in the transaction that changes the findings. What a target has acknowledged is
not kept here but in the ledger of deliveries beside the store, so that delivering never needs the night's lock.
*/
create table outbox (
    key varchar primary key,            -- finding_id, or health:DATE
    sequence bigint not null,           -- order of the changes: a later change has a larger number
    kind varchar not null,              -- finding, health
    revision integer not null,          -- of the finding, from 1
    business_date date not null,        -- whose night brought the change
    recorded_at timestamp not null,     -- UTC, when it was brought: the time that a SIEM shows
    status varchar,                     -- of the finding
    alert boolean not null,
    digest varchar not null,            -- SHA-256 of what is exported: equal digests need no second delivery
    content varchar                     -- JSON: the night's health; a finding's content is in `findings`
);
