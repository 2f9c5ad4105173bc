/*
Records under seal: what officers did, as the nights took it from the trail. From when to when a record is sealed follows
from these acts in their order, by the hospital's numbers of today: see detector/store/sealing_table.py.
*/
create table record_sealings (
    number integer not null,            -- of the entry in the trail
    hash varchar primary key,
    acted_at timestamp not null,        -- UTC
    officer varchar not null,
    account varchar not null,           -- of the system
    patient_id varchar not null,        -- as the officer named the record
    act varchar not null,               -- seal, lift
    moment timestamp not null,          -- from which it holds, UTC
    until date,                         -- last day of a sealing; null: until it is lifted
    note varchar not null,
    through date,                       -- last business date worked through when it was read: it counts afterwards
    sequence bigint not null,           -- order of reading
    noted boolean not null              -- the trail tells after which date it counts
);
