-- gives  record_numbers(reason_values): the record numbers among what a policy returned for its reason, as a list
-- note   a column holds a number, or a list of them, where its name says so: patient, record_id, first_record …
create or replace temp macro record_numbers(reason_values) as
flatten(
    list_transform(
        list_filter(json_keys(reason_values), lambda name: regexp_matches(name, '(^|_)(patient|record)(_id)?$')),
        lambda name: case json_type(reason_values, '$."' || name || '"')
            when 'ARRAY' then json_extract(reason_values, '$."' || name || '"')::varchar[]
            else [json_extract_string(reason_values, '$."' || name || '"')]
        end
    )
);
