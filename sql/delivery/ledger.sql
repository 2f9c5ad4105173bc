-- sqlfluff:dialect:sqlite
-- gives   targets, acknowledged, refused, heads: the ledger of deliveries, an SQLite file beside the store
create table if not exists targets (
    target text primary key,            -- format and address
    name text not null,
    every_finding integer not null,     -- 1: findings that are no alerts as well
    health integer not null,            -- 1: the health of each night as well
    health_from integer not null,       -- sequence of the first night whose health is sent
    failures integer not null default 0,-- deliveries in a row that did not get through
    last_error text,
    last_attempt_at text,               -- UTC, ISO 8601
    last_success_at text
);
create table if not exists acknowledged (
    target text not null,
    key text not null,
    digest text not null,
    status text,
    primary key (target, key)
) without rowid;
create table if not exists refused (    -- the dead letters
    target text not null,
    key text not null,
    digest text not null,
    status text,
    revision integer not null,
    reason text not null,
    refused_at text not null,
    primary key (target, key)
) without rowid;
create table if not exists heads (      -- of the trail, as they left with messages
    number integer primary key,         -- of the trail's newest entry then
    hash text not null,                 -- of that entry; the first that left stays
    sent_at text not null               -- UTC, ISO 8601
) without rowid;
