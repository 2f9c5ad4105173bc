/*
What a finding says of a policy covers all dates that it fired on: each date keeps what its events come to, their
patients, and the policy's words. Null where the date was asked about before this step.
*/
alter table policy_days add column events bigint;
alter table policy_days add column returned bigint;         -- records that prints and exports returned
alter table policy_days add column first_at timestamp;
alter table policy_days add column last_at timestamp;
alter table policy_days add column patient_ids varchar[];
alter table policy_days add column sentence varchar;        -- JSON: the reason's words, how its columns are told
