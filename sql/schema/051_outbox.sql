/*
A row of the outbox says how many decisions it took into account: a delivery that knows more of them sends the finding
before the next night queues it, with the same revision.
*/
alter table outbox add column decisions integer default 0;      -- about the finding, that the row took into account

update outbox
set decisions = decided.decisions
from (
    select finding_id, count(*)::integer as decisions
    from decisions
    group by finding_id
) as decided
where outbox.key = decided.finding_id;
