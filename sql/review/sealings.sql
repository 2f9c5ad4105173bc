-- reads   record_sealings, identities
-- gives   rows: one row per act of sealing or lifting, in the order in which runs read them, with the number that the
--          record has today by the crosswalk
-- columns record varchar, number integer, hash varchar, acted_at timestamp, officer varchar, account varchar, patient_id
--          varchar, act varchar, moment timestamp, until date, note varchar, through date
with merged as (
    select
        id,
        arg_max(canonical_id, starts_at) as canonical_id
    from identities
    where column_name = 'patient_id'
    group by id
)

select
    coalesce(merged.canonical_id, record_sealings.patient_id) as record,
    number,
    hash,
    acted_at,
    officer,
    account,
    patient_id,
    act,
    moment,
    until,
    note,
    through
from record_sealings
left join merged on record_sealings.patient_id = merged.id
order by sequence
