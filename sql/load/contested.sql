/*
Reads  `typed_rows`, the ids of events that exist already (`{existing}`).
Gives  `contested`: one row per identity that occurs more than once in the chunk or exists already.
*/
create or replace temp table contested as
select base_id from typed_rows where problem is null group by base_id having count(*) > 1
union
select base_id from typed_rows where problem is null and base_id in ({existing});
