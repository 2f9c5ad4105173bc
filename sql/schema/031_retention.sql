/*
What was purged since it had been kept long enough: one row per part of events, whole or the older rows of it, and per
file whose quarantined rows went. Counts stay, so that rows read = accepted + duplicates + quarantined can be checked.
*/
create table purged_parts (
    purged_before date not null,        -- business dates before it were purged
    part_id integer not null,
    file_id integer not null,
    path varchar not null,              -- of the part, relative to the store's folder
    rows bigint not null,
    first_date date not null
);

create table purged_quarantine (
    purged_before date not null,
    file_id integer not null,
    rows bigint not null
);
