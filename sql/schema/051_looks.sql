/*
A look remembers what the officer saw of its last date: rows that come late add to a date that was looked at before.
*/
alter table officer_looks add column seen varchar;             -- JSON: finding → accesses
