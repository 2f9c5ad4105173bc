/*
The ledger of what was loaded, and the tables that context files fill.
One row of `files` per content that was read, of `event_parts` per immutable Parquet part, of `quarantine` per row
of a log or context table that was not understood.
*/
create table files (
    file_id integer primary key,
    source varchar not null,
    path varchar not null,              -- where the content was seen last
    format varchar not null,
    encoding varchar,                   -- as detected or configured; null for binary formats
    delimiter varchar,
    size_bytes bigint not null,         -- of the file on disk when it was read last
    modified_ns bigint not null,
    inode bigint not null,
    head_bytes integer not null,        -- length of the head that head_digest covers
    head_digest varchar not null,       -- SHA-256 of the first bytes, uncompressed
    bytes_read bigint not null,         -- uncompressed bytes of complete rows read so far
    prefix_digest varchar not null,     -- SHA-256 of those bytes
    tail_bytes bigint not null,         -- length of a last line without line end, read provisionally
    tail_digest varchar,
    tail_part_id integer,
    tail_rows bigint not null,          -- what the counts below owe to that line
    tail_accepted bigint not null,
    tail_duplicates bigint not null,
    tail_quarantined bigint not null,
    tail_renamed bigint not null,
    rows_read bigint not null,
    accepted bigint not null,
    duplicates bigint not null,
    quarantined bigint not null,
    renamed_ids bigint not null,        -- accepted rows whose id was taken by other content: `~2`, `~3`
    first_date date,
    last_date date,
    mapping_digest varchar not null,    -- of the source's settings when it was read
    problem varchar                     -- why the file, or its rest, could not be read
);

create table quarantine (
    source varchar not null,
    file_id integer,
    path varchar not null,
    row_number bigint not null,         -- record of the file, from 1, header not counted
    byte_position bigint not null,      -- where the record starts in the uncompressed file
    reason varchar not null,
    raw varchar                         -- cut after 1 MiB
);

create table event_parts (
    part_id integer primary key,        -- increasing: later parts came later
    source varchar not null,
    file_id integer not null,
    path varchar not null,              -- relative to the store's folder
    rows bigint not null,
    first_date date not null,
    last_date date not null,
    first_time timestamp not null,
    last_time timestamp not null,
    lowest_id varchar not null,
    highest_id varchar not null,
    derived_ids bigint not null,        -- rows whose id was derived from their content
    renamed_ids bigint not null
);

-- Rows without an id that were duplicates: the n-th identical row of one file is the n-th event, so they are counted.
create table repeats (
    file_id integer not null,
    event_id varchar not null
);

create table unknown_values (
    source varchar not null,
    file_id integer not null,
    column_name varchar not null,
    value varchar not null,             -- taken as 'other', or as unknown where the column has no 'other'
    rows bigint not null
);

create table access_parts (
    business_date date primary key,
    path varchar not null,
    rows bigint not null
);
