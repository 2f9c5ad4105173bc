-- gives  in_turn(value, first, last): whether an hour or a day of the month lies between two, both included, also where
--          the turn of the day or month is between them (22 to 5)
create or replace temp macro in_turn(value, first, last) as
case when first <= last then value between first and last else value >= first or value <= last end;
