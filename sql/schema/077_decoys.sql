-- gives   findings: with how many decoy records they touch, which are no patients; null where counted before this step
alter table findings add column decoys bigint;
