-- gives  bare_id(id): an account without the domain in front of it or behind it: DOMAIN\u1, u1@host
create or replace temp macro bare_id(id) as
coalesce(nullif(regexp_replace(regexp_replace(id, '^.*\\', ''), '@[^@]*$', ''), ''), id);
