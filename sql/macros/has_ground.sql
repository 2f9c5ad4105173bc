-- gives  has_ground(state, explanation): whether care, an approved task or an approval accounts for an access; what is
--          only usual for the account's unit has been checked by nobody
create or replace temp macro has_ground(state, explanation) as
state = 'explained' and explanation is distinct from 'habit';
