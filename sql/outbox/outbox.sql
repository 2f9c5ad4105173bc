-- reads   published_outbox, decided_outbox
-- gives   outbox: that of the published copy, with the rows of findings that were decided on since in their newest state
select * from published_outbox
where key not in (select key from decided_outbox)
union all by name
select * from decided_outbox
