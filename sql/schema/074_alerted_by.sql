-- gives   findings: with what made each an alert: policy, ranking or draw; null where it was raised before this step
alter table findings add column alerted_by varchar[];
