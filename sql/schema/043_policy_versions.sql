-- gives   policy_days: with the version of the policy that fired; null for what fired before this step
alter table policy_days add column version integer;
