-- reads   identities
-- gives   rows: at most one row: the account or record that an identifier stands for by the crosswalk, as it says last
-- columns canonical_id varchar
-- params  $id_column, $id
select arg_max(canonical_id, starts_at) as canonical_id
from identities
where column_name = $id_column and id = $id and canonical_id <> $id
group by id
