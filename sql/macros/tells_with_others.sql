-- gives  tells_with_others(present, corroboration, features): whether an access without a ground counts with those of
--          others to the same record. Where no visit is known and somebody writes all the same, there is one that no table
--          has yet: who opens the record meanwhile tells nothing together, unless it is a known person's
create or replace temp macro tells_with_others(present, corroboration, features) as
present or corroboration not in ('unit', 'other') or list_contains(features, 'vip_unexplained');
