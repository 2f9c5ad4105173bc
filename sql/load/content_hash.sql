-- gives   content_hash(event): macro, the hash of what a log says of an event but for its id: rows that agree in all of
--          it have the same content; request_hash(event): the hash of what makes two records of one request the same
create or replace temp macro content_hash(event) as hash(
    event.event_time, event.user_id, event.user_name, event.user_department, event.user_role, event.patient_id,
    event.patient_department, event.visit_id, event.action, event.category, event.record_count, event.query_by,
    event.client_ip, event.workstation, event.application, event.session_id, event.outcome, event.reason
);

create or replace temp macro request_hash(event) as hash(event.user_id, event.patient_id, event.action);
