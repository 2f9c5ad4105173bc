-- reads   loaded_events, patient_tokens, visit_tokens
-- gives   rows: the rows of loaded_events with tokens for the numbers of patients and visits, and without typed reasons
-- columns source varchar, file varchar, row_number bigint, byte_position bigint, event_time varchar, local_time
--          varchar, business_date varchar, event_id varchar, user_id varchar, user_name varchar, user_department
--          varchar, user_role varchar, patient_id varchar, patient_department varchar, visit_id varchar, action
--          varchar, category varchar, record_count bigint, query_by varchar, client_ip varchar, workstation varchar,
--          application varchar, session_id varchar, outcome varchar, reason varchar, explanation varchar, state
--          varchar, surprise_bits double
-- note    loaded_events is loaded_events.sql as a common table expression; the tables of tokens (number, token) are
--          registered by the caller
select
    loaded_events.* replace (
        patient_tokens.token as patient_id,
        visit_tokens.token as visit_id,
        coalesce(
            replace(loaded_events.event_id, loaded_events.patient_id, patient_tokens.token), loaded_events.event_id
        ) as event_id,
        null::varchar as reason
    )
from loaded_events
left join patient_tokens on loaded_events.patient_id = patient_tokens.number
left join visit_tokens on loaded_events.visit_id = visit_tokens.number
