-- gives   files: how many lines or entries of a file are no records, in all and in its provisional end
alter table files add column skipped bigint default 0;
alter table files add column tail_skipped bigint default 0;
