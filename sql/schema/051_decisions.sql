/*
A decision is kept as it was taken, beside what it counts for: runs may read it later than it was taken, and a store that
was restored may name the finding otherwise. ``sequence`` is the order in which the nights read them, that of the trail,
whatever the clock said.
*/
alter table decisions add column sequence bigint;               -- order of reading: the last about a finding stands
alter table decisions add column decided_finding_id varchar;    -- finding that the entry names
alter table decisions add column decided_through date;          -- last business date worked through when it was taken
alter table decisions add column noted boolean;                 -- the trail tells after which date it counts

update decisions
set
    sequence = ordered.sequence,
    decided_finding_id = decisions.finding_id,
    decided_through = decisions.through,
    noted = true
from (
    select hash, row_number() over (order by decided_at, number) as sequence
    from decisions
) as ordered
where decisions.hash = ordered.hash;
