-- gives  only_usual(state, explanation): whether an access is not unusual for the account's unit, and nothing else
--          accounts for it
create or replace temp macro only_usual(state, explanation) as
state = 'explained' and explanation is not distinct from 'habit';
