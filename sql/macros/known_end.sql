-- gives  known_end(ends_at, night): the end of a row of context, null where it has not passed at the end of the night
create or replace temp macro known_end(ends_at, night) as
case when ends_at <= night + interval 1 day then ends_at end;
