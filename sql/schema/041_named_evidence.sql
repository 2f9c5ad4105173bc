/*
Evidence is kept by name instead of by position: one column per component of a stream, named by stream, focus and the
share (percent) of an account's accesses that it may account for. Further columns are added as streams are declared.
*/
-- positions become columns in the order of the table: names would say it twice
-- noqa: disable=aliasing.expression
create table named_evidence_days (
    business_date date not null,
    user_id varchar not null,
    department varchar not null,
    role varchar not null,
    harvest_any_2 bigint,               -- millionths of a nat, as all that follow
    harvest_any_10 bigint,
    harvest_any_40 bigint,
    harvest_past_2 bigint,
    harvest_past_10 bigint,
    harvest_past_40 bigint,
    harvest_elsewhere_2 bigint,
    harvest_elsewhere_10 bigint,
    harvest_elsewhere_40 bigint,
    lookup_any_1 bigint,
    lookup_any_5 bigint,
    lookup_any_25 bigint,
    no_care_any_2 bigint,
    no_care_any_10 bigint,
    no_care_any_40 bigint,
    sensitive_any_1 bigint,
    sensitive_any_5 bigint,
    sensitive_any_25 bigint,
    acquaintance_any_0_3 bigint,
    acquaintance_any_2 bigint,
    acquaintance_any_10 bigint,
    export bigint,
    credentials bigint,
    break_glass bigint,
    unusual bigint
);
insert into named_evidence_days
select
    business_date,
    user_id,
    department,
    role,
    increments[1],
    increments[2],
    increments[3],
    increments[4],
    increments[5],
    increments[6],
    increments[7],
    increments[8],
    increments[9],
    increments[10],
    increments[11],
    increments[12],
    increments[13],
    increments[14],
    increments[15],
    increments[16],
    increments[17],
    increments[18],
    increments[19],
    increments[20],
    increments[21],
    increments[22],
    increments[23],
    increments[24],
    increments[25]
from evidence_days;
drop table evidence_days;
alter table named_evidence_days rename to evidence_days;

create table named_suspicions (
    business_date date not null,
    user_id varchar not null,
    patient_id varchar not null,
    department varchar not null,
    role varchar not null,
    relation varchar not null,
    corroboration varchar not null,
    access_type varchar not null,
    accesses integer not null,
    records bigint not null,
    features varchar[] not null,        -- features that the access counts for
    surprisal integer not null,         -- millibits
    approved boolean not null,
    largest_evidence bigint not null,   -- of all components
    harvest_any_2 bigint,
    harvest_any_10 bigint,
    harvest_any_40 bigint,
    harvest_past_2 bigint,
    harvest_past_10 bigint,
    harvest_past_40 bigint,
    harvest_elsewhere_2 bigint,
    harvest_elsewhere_10 bigint,
    harvest_elsewhere_40 bigint,
    lookup_any_1 bigint,
    lookup_any_5 bigint,
    lookup_any_25 bigint,
    no_care_any_2 bigint,
    no_care_any_10 bigint,
    no_care_any_40 bigint,
    sensitive_any_1 bigint,
    sensitive_any_5 bigint,
    sensitive_any_25 bigint,
    acquaintance_any_0_3 bigint,
    acquaintance_any_2 bigint,
    acquaintance_any_10 bigint
);
insert into named_suspicions
select
    business_date,
    user_id,
    patient_id,
    department,
    role,
    relation,
    corroboration,
    access_type,
    accesses,
    records,
    features,
    surprisal,
    approved,
    list_max(evidence),
    evidence[1],
    evidence[2],
    evidence[3],
    evidence[4],
    evidence[5],
    evidence[6],
    evidence[7],
    evidence[8],
    evidence[9],
    evidence[10],
    evidence[11],
    evidence[12],
    evidence[13],
    evidence[14],
    evidence[15],
    evidence[16],
    evidence[17],
    evidence[18],
    evidence[19],
    evidence[20],
    evidence[21]
from suspicions;
drop table suspicions;
alter table named_suspicions rename to suspicions;
