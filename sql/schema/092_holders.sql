/*
An account is not a person: who held which account from when to when, by the dated rows of the staff table. One row per
account of the table and holder. Another holder begins with a row that has another name after a gap, or another name and
another own record: a leaver's account was given on. What else a row may change (ward, role, surname) changes no holder,
and neither does a name that is part of the other one. The first holder's key is the account itself, so that what was
written down about it stays; those of later ones hold a character that no identifier has. Up to the next one's first
date what an account does is asked of the holder before.
*/
create view holders as
with named as (
    select
        user_id,
        name,
        patient_id,
        coalesce(starts_at, timestamp '-infinity') as starts_at,
        coalesce(
            ends_at, case when status = 'left' then starts_at else timestamp 'infinity' end, timestamp '-infinity'
        ) as ends_at,
        list_filter(
            regexp_split_to_array(lower(strip_accents(name)), '[\s,.;·・-]+'), lambda word: word <> ''
        ) as words
    from staff
    where name is not null and trim(name) <> ''
),

compared as (
    select
        *,
        lag(words) over rows_before as words_before,
        last_value(patient_id ignore nulls) over (
            rows_before rows between unbounded preceding and 1 preceding
        ) as record_before,
        max(ends_at) over (rows_before rows between unbounded preceding and 1 preceding) as held_until
    from named
    window rows_before as (partition by user_id order by starts_at, ends_at, name)
),

numbered as (
    select
        *,
        sum(
            case
                when words_before is null then 0
                when list_has_all(words, words_before) or list_has_all(words_before, words) then 0
                when coalesce(patient_id <> record_before, held_until < starts_at) then 1
                else 0
            end
        ) over (partition by user_id order by starts_at, ends_at, name) as earlier_holders
    from compared
),

spans as (
    select
        user_id,
        earlier_holders,
        min(starts_at) as starts_at,
        arg_max(name, starts_at) as name
    from numbered
    group by user_id, earlier_holders
)

select
    user_id,
    case
        when earlier_holders = 0 then user_id
        else user_id || chr(31) || (earlier_holders + 1)::bigint
    end as holder,
    (earlier_holders + 1)::integer as number,
    case when earlier_holders = 0 then date '0001-01-01' else starts_at::date end as since,
    coalesce(
        lead(starts_at::date) over (partition by user_id order by earlier_holders), date '9999-12-31'
    ) as until,
    name
from spans;

-- whom a finding about an account is about: the account as it is called now, and its holder when the window began
create view finding_holders as
select
    findings.finding_id,
    coalesce(rekeyed_accounts.canonical_id, findings.user_id) as user_id,
    coalesce(held.holder, rekeyed_accounts.canonical_id, findings.user_id) as holder,
    coalesce(held.until, date '9999-12-31') as until
from findings
left join rekeyed_accounts on findings.user_id = rekeyed_accounts.user_id
left join holders as held
    on
        coalesce(rekeyed_accounts.canonical_id, findings.user_id) = held.user_id
        and findings.window_start >= held.since
        and findings.window_start < held.until
where findings.subject = 'account';
