/*
How the holder of an account is employed: interns, staff of agencies and others who come for a time have accounts as well.
*/
alter table staff add column employment varchar;
