/*
What a night wrote down of what it left, so that `verify` can tell whether it still is so. The trail holds a digest over
each of these tables, so that whoever changes them together with what they are about is found as well.
Parts of earlier versions have no row until the first night of this one.
*/
create table part_digests (
    path varchar not null,              -- relative to the store's folder
    sha256 varchar not null,            -- of the file
    bytes bigint not null,
    sealed boolean not null             -- whether an entry of the trail covers it; false: loaded since
);

create table finding_digests (
    finding_id varchar not null,
    row_sha256 varchar not null,        -- of its row in `findings`, the status left out
    evidence_sha256 varchar not null    -- of its rows in `finding_days` and `finding_events`
);

create table date_digests (
    business_date date not null,
    sha256 varchar not null             -- of the date's rows in the tables that nights keep by date
);
