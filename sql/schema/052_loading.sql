/*
Files that cannot be read, whose the store is, and what its sources were called before.
One row of `file_problems` per file of the last run that could not be read whole, of `source_names` per former name of
a source; one row of `store_owner` at most.
*/
alter table files add column header varchar;            -- JSON list; null: not known, or the format has none

create table file_problems (
    source varchar not null,
    path varchar not null,
    problem varchar not null
);

create table store_owner (
    site_name varchar,                  -- null: the configuration never named the site
    timezone varchar not null
);

create table source_names (
    former varchar primary key,
    source varchar not null             -- what it is called now
);
