/*
What the nights took from the trail: officers' decisions and looks, and how far the trail was read, so that a cut or
rewritten trail shows. The trail itself is the file beside the store.
*/
create table decisions (
    number integer not null,            -- of the entry in the trail
    hash varchar primary key,
    decided_at timestamp not null,      -- UTC
    officer varchar not null,
    account varchar not null,           -- of the system
    finding_id varchar not null,
    disposition varchar not null,       -- confirmed, justified, false_alarm, escalated; open: taken back
    note varchar not null,
    through date,                       -- last business date worked through when it was taken: it counts afterwards
    patterns varchar[] not null,        -- scope of a justification; empty: all patterns
    until date,                         -- last day of a justification; null: without end
    undoes integer,                     -- number of the decision that it takes back
    state varchar not null              -- JSON: risk, patients … of the finding that was decided on
);

create table officer_looks (
    officer varchar not null,
    through date not null,              -- last business date worked through when the officer saw the whole list
    looked_at timestamp not null,       -- UTC
    number integer not null             -- of the entry in the trail
);

create table trail_entries (
    number integer primary key,
    hash varchar not null,
    end_byte bigint not null            -- in the trail
);

create table noted_files (
    file_id integer primary key,        -- content that the trail names with its hash
    bytes_read bigint not null,
    prefix_digest varchar not null
);

create table noted_dates (
    business_date date primary key      -- that an entry of the trail tells of
);
