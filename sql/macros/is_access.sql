-- gives  is_access(action): whether an event of that kind shows or changes a record
create or replace temp macro is_access(action) as
action not in ('login', 'logout', 'other');
