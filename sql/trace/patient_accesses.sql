-- reads  complaints (patient_id, known_on), accesses
-- gives  one row per complaint: what one account ($user_id) did with the record by known_on, and how many other accounts
--        opened it by then; nulls where the account did not open it
with mine as (
    select
        accesses.patient_id,
        min(accesses.first_at) as first_access,
        max(accesses.last_at) as last_access,
        complaints.known_on - max(accesses.business_date) as days_before,
        sum(accesses.accesses)::bigint as accesses,
        bool_or(accesses.contact and not accesses.clinical) as contact_only,
        bool_or(accesses.contact) as contact,
        bool_or(accesses.wrote) as wrote,
        bool_or(accesses.printed or accesses.exported) as taken,
        bool_or(accesses.state = 'suspicious') as suspicious,
        bool_and(accesses.state = 'explained') as explained,
        list_sort(list_distinct(list(accesses.explanation))) as explanations
    from accesses
    join complaints on accesses.patient_id = complaints.patient_id and accesses.business_date <= complaints.known_on
    where accesses.user_id = $user_id
    group by accesses.patient_id, complaints.known_on
),

others as (
    select accesses.patient_id, count(distinct accesses.user_id)::integer as other_accounts
    from accesses
    join complaints on accesses.patient_id = complaints.patient_id and accesses.business_date <= complaints.known_on
    where accesses.user_id <> $user_id
    group by accesses.patient_id
),

after as (
    select distinct accesses.patient_id
    from accesses
    join complaints on accesses.patient_id = complaints.patient_id and accesses.business_date > complaints.known_on
    where accesses.user_id = $user_id
)

select
    complaints.patient_id,
    complaints.known_on,
    mine.first_access::varchar as first_access,
    mine.last_access::varchar as last_access,
    mine.days_before,
    mine.accesses,
    mine.contact_only,
    mine.contact,
    mine.wrote,
    mine.taken,
    mine.suspicious,
    mine.explained,
    mine.explanations,
    coalesce(others.other_accounts, 0) as other_accounts,
    after.patient_id is not null as opened_later
from complaints
left join mine using (patient_id)
left join others using (patient_id)
left join after using (patient_id)
order by mine.first_access is null, mine.first_access, complaints.patient_id
