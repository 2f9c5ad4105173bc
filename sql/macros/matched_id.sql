-- gives  matched_id(id, pattern): the first group of a pattern in an identifier, all of it where the pattern does not match
create or replace temp macro matched_id(id, pattern) as
coalesce(nullif(regexp_extract(id, pattern, 1), ''), id);
