/*
The harvest hypothesis has three focuses instead of one: what was kept for the general one stands for all three.
*/
update evidence_days
set increments = list_concat(increments[1:3], increments[1:3], increments[1:3], increments[4:])
where len(increments) = 19;

update suspicions
set evidence = list_concat(evidence[1:3], evidence[1:3], evidence[1:3], evidence[4:])
where len(evidence) = 19;
