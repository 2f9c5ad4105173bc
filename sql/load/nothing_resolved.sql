/*
Gives  an empty `resolved`, for a chunk in which no identity is contested.
*/
create or replace temp table resolved as
select 0::bigint as row_number, null::varchar as event_id, 1::bigint as variant, 'new' as fate
where false;
