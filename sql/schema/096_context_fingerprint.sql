/*
A context table whose file is the same as when it was taken into use is not read again.
*/
alter table context_tables add column fingerprint varchar;
