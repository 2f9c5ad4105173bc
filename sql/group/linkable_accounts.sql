-- reads   account_spans, holders
-- gives   rows: one row per account of a person, or of a vendor's staff, with a name, and holder of it
-- columns holder varchar, user_id varchar, name varchar, account_type varchar
-- note    services and kiosks are each hospital's own machines, whatever they are called
select
    coalesce(holders.holder, account_spans.user_id) as holder,
    account_spans.user_id,
    coalesce(holders.name, account_spans.name) as name,
    coalesce(account_spans.account_type, 'human') as account_type
from account_spans
left join holders using (user_id)
where
    coalesce(account_spans.account_type, 'human') in ('human', 'vendor')
    and trim(coalesce(holders.name, account_spans.name)) <> ''
order by holder
