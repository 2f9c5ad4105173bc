-- gives  has_flag(flags, flag): whether a patient's flags, joined by |, name that one; false where there are none
create or replace temp macro has_flag(flags, flag) as
coalesce(list_contains(string_split(flags, '|'), flag), false);
