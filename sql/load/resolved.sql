-- reads   typed_rows, canonical_rows, contested, earlier_rows, repeats
-- gives   resolved: one row per row of the chunk whose identity is contested
-- columns row_number bigint, base_id varchar, is_derived boolean, variant bigint, event_id varchar, fate varchar
-- params  $file_id, $source
-- note    fate is new (with its event_id and variant), duplicate (of an event that exists or of an earlier row of the
--          chunk) or kept (the very row of this file that became an event when the file was read before);
--          earlier_rows are of the parts that may hold a contested id or one made unique, with ids as under the source's
--          present name; needs the macros of content_hash.sql. A record with a request id is the one of that request,
--          account, patient and action, whatever else it says
with contested_rows as (
    select
        typed_rows.row_number,
        typed_rows.base_id,
        typed_rows.is_derived,
        typed_rows.event_time,
        canonical_rows.* exclude (row_number, event_time)
        replace (
            case
                when contains(canonical_rows.patient_id, chr(31))
                    then
                        least(canonical_rows.record_count, 1)
                        * greatest(canonical_rows.record_count, len(string_split(canonical_rows.patient_id, chr(31))))
                else canonical_rows.record_count
            end as record_count
        )
    from typed_rows
    join canonical_rows on typed_rows.row_number = canonical_rows.row_number
    where typed_rows.problem is null and typed_rows.base_id in (select base_id from contested)
),

incoming as (
    select
        row_number,
        base_id,
        is_derived,
        request_id is not null as is_request,
        case when request_id is null then content_hash(contested_rows) else request_hash(contested_rows) end
            as content_hash
    from contested_rows
),

known as (
    -- an id of the log that looks like a made-unique one holds its place, but has no content in common with it
    select
        contested.base_id,
        earlier_rows.* replace (
            case when variant = 1 then content_hash end as content_hash,
            case when variant = 1 then request_hash end as request_hash,
            1 as variant
        )
    from earlier_rows
    join contested on earlier_rows.event_id = contested.base_id
    union all
    select contested.base_id, earlier_rows.*
    from earlier_rows
    join contested on contested.base_id = regexp_replace(earlier_rows.event_id, '[~.]\d+$', '')
    where earlier_rows.variant > 1
),

taken as (
    select base_id, max(variant) as height
    from (
        select base_id, variant
        from known
        union all
        select
            contested.base_id,
            try_cast(regexp_extract(looking_alike.id, '~(\d{1,9})$', 1) as bigint) as variant
        from (
            select event_id as id from earlier_rows where contains(event_id, '~')
            union all
            select base_id from typed_rows where contains(base_id, '~')
        ) as looking_alike
        join contested
            on
                contested.base_id = regexp_replace(looking_alike.id, '~\d{1,9}$', '')
                and contested.base_id <> looking_alike.id
    )
    group by base_id
),

kept as (
    -- the very row, whatever the configuration makes of its values now
    select distinct
        incoming.row_number,
        incoming.base_id,
        incoming.content_hash
    from incoming
    join known on incoming.base_id = known.base_id
    where known.file_id = $file_id and known.row_number = incoming.row_number
),

repeated as (
    select
        incoming.base_id,
        incoming.content_hash
    from incoming
    join known
        on
            incoming.base_id = known.base_id
            and incoming.content_hash
            = case when incoming.is_request then known.request_hash else known.content_hash end
    union
    select base_id, content_hash
    from kept
),

named_new as (
    select base_id, content_hash, min(row_number) as row_number
    from incoming
    where not is_derived
    group by base_id, content_hash
),

ordered_new as (
    select
        named_new.row_number,
        named_new.base_id,
        row_number() over (partition by named_new.base_id order by named_new.row_number) as place,
        named_new.base_id in (select event_id from known) as is_base_taken,
        greatest(coalesce(taken.height, 1), 1) as height
    from named_new
    anti join repeated on named_new.base_id = repeated.base_id and named_new.content_hash = repeated.content_hash
    left join taken on named_new.base_id = taken.base_id
),

numbered_new as (
    select
        row_number,
        case
            when is_base_taken then height + place
            when place = 1 then 1
            else height + place - 1
        end as variant
    from ordered_new
),

seen_before as (
    select base_id, count(*) as times
    from (
        select base_id
        from known
        where file_id = $file_id and row_number < (select min(row_number) from typed_rows)
        union all
        select contested.base_id
        from repeats
        join contested on $source || substring(repeats.event_id, strpos(repeats.event_id, ':')) = contested.base_id
        where repeats.file_id = $file_id
    )
    group by base_id
),

numbered_derived as (
    select
        incoming.row_number,
        incoming.base_id,
        coalesce(seen_before.times, 0)
        + row_number() over (partition by incoming.base_id order by incoming.row_number) as variant
    from incoming
    left join seen_before on incoming.base_id = seen_before.base_id
    where incoming.is_derived
),

new_derived as (
    select numbered_derived.row_number, numbered_derived.variant
    from numbered_derived
    anti join known on numbered_derived.base_id = known.base_id and numbered_derived.variant = known.variant
),

new_rows as (
    select row_number, variant, '~' as mark from numbered_new
    union all
    select row_number, variant, '.' as mark from new_derived
)

select
    incoming.row_number,
    incoming.base_id,
    incoming.is_derived,
    new_rows.variant,
    case
        when new_rows.row_number is null then null
        when new_rows.variant = 1 then incoming.base_id
        else incoming.base_id || new_rows.mark || new_rows.variant
    end as event_id,
    case
        when new_rows.row_number is not null then 'new'
        when kept.row_number is not null then 'kept'
        else 'duplicate'
    end as fate
from incoming
left join new_rows on incoming.row_number = new_rows.row_number
left join kept on incoming.row_number = kept.row_number
