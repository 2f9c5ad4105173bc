-- reads   context_texts
-- gives   context_rows: one row per row of the chunk, with what each column says; problem names why a row is not taken
--          (null: it is)
-- params  $zone
-- note    {typed}, {stored} and {problems} are made from the declared columns of the table; context_texts has a text
--          column per column of the file, named after its header with text_ before it
create or replace temp table context_rows as
with typed_rows as (
    select
        {typed},
        *
    from context_texts
)

select
    {stored},
    row_number,
    byte_position,
    raw,
    coalesce({problems}) as problem
from typed_rows
