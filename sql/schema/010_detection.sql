/*
What the nights keep: who wrote to which record, the counts that habits are learned from, daily features and evidence,
and the findings with the rows that they rest on. Every table is keyed by business date, so that a date can be judged
again by deleting and inserting it.
*/
create table dates (
    business_date date primary key,
    part_watermark integer not null,    -- newest event part when the date was last judged: later parts are late rows
    accounts bigint not null,           -- accounts with any event
    accesses bigint not null,           -- account × patient × minute
    patient_days bigint not null,       -- account × patient
    explained bigint not null,          -- patient-days by state
    suspicious bigint not null,
    events bigint not null,
    events_without_patient bigint not null,
    thresholds varchar                  -- JSON: evidence needed for an alert, by kind, as calibrated that night
);

create table record_writes (
    business_date date not null,
    patient_id varchar not null,
    user_id varchar not null,
    department varchar not null,
    log_department varchar not null,
    account_type varchar not null
);

create table label_days (
    business_date date not null,
    user_id varchar not null,
    department varchar not null,
    role varchar not null,
    view varchar not null,
    label varchar not null,
    patients integer not null
);

create table suspicions (
    business_date date not null,
    user_id varchar not null,
    patient_id varchar not null,
    department varchar not null,
    role varchar not null,
    relation varchar not null,
    support varchar not null,
    manner varchar not null,
    accesses integer not null,
    records bigint not null,
    features varchar[] not null,        -- features that the access counts for
    surprise integer not null,          -- millibits
    approved boolean not null,
    evidence bigint[] not null          -- millionths of a nat, in the order of the channels
);

-- The rows behind the suspicions, kept while they may still become part of a finding: logs rotate away.
create table suspicion_events (
    business_date date not null,
    user_id varchar not null,
    patient_id varchar not null,
    event_id varchar not null,
    local_time timestamp not null,
    action varchar not null,
    category varchar,
    source varchar not null,
    file_id integer not null,
    row_number bigint not null,
    byte_position bigint not null,
    raw varchar not null
);

create table evidence_days (
    business_date date not null,
    user_id varchar not null,
    department varchar not null,
    role varchar not null,
    increments bigint[] not null        -- millionths of a nat, in the order of the channels
);

create table account_days (
    business_date date not null,
    user_id varchar not null,
    department varchar not null,
    role varchar not null,
    account_type varchar not null
);                                      -- one integer column per feature is added as features are declared

create table source_hours (
    source varchar not null,
    business_date date not null,
    hour integer not null,
    events bigint not null
);

create table account_spans (
    user_id varchar primary key,
    first_seen_on date not null,
    last_seen_on date not null,
    name varchar,
    department varchar,
    role varchar,
    account_type varchar
);

create table policy_days (
    business_date date not null,
    policy_id varchar not null,
    pattern varchar not null,
    severity varchar not null,
    alert boolean not null,
    subject varchar not null,
    user_id varchar,
    source varchar,
    patients bigint not null,
    records bigint not null,
    accesses bigint not null,
    approval varchar,
    event_ids varchar[] not null,
    reason_values varchar not null,     -- JSON: the columns that the policy's reason names
    reason_zh varchar not null,         -- the policy's own sentence, as it was worded when it fired
    reason_en varchar not null
);

create table findings (
    finding_id varchar primary key,
    subject varchar not null,
    user_id varchar,
    patient_id varchar,
    source varchar,
    case_id varchar not null,
    detected_on date not null,
    alerted_on date,
    last_seen_on date not null,
    user_name varchar,
    department varchar,
    role varchar,
    account_type varchar,
    window_start date not null,
    window_end date not null,
    risk double not null,
    severity varchar not null,
    alert boolean not null,
    patterns varchar[] not null,
    reasons varchar not null,           -- JSON: feature, value, own_baseline, peer_baseline, contribution, parameters
    policies varchar[] not null,
    patients bigint not null,
    records bigint not null,
    accesses bigint not null,
    explained varchar not null,         -- JSON: kind, share, parameters
    sampled boolean not null,
    status varchar not null,
    previous_finding_id varchar,
    method varchar not null             -- JSON: version, configuration digest, thresholds and evidence of the last update
);

create table finding_events (
    finding_id varchar not null,
    rank integer not null,
    event_id varchar not null,
    local_time timestamp not null,
    patient_id varchar,
    action varchar not null,
    category varchar,
    source varchar not null,
    path varchar not null,
    row_number bigint not null,
    byte_position bigint not null,
    raw varchar not null,
    explanation varchar,
    surprise integer
);

create table finding_days (
    finding_id varchar not null,
    business_date date not null,
    accesses bigint not null,
    patients bigint not null,
    suspicious_accesses bigint not null,
    suspicious_patients bigint not null,
    evidence double not null            -- nats that the day added
);

-- Columns of the parts of judged accesses, for readers of a store that has none yet.
create table access_shape (
    business_date date,
    user_id varchar,
    patient_id varchar,
    department varchar,
    role varchar,
    account_type varchar,
    patient_department varchar,
    first_at timestamp,
    last_at timestamp,
    events integer,
    accesses integer,
    records bigint,
    contact boolean,
    clinical boolean,
    wrote boolean,
    listed boolean,
    printed boolean,
    exported boolean,
    broke_glass boolean,
    searched boolean,
    targeted boolean,
    named boolean,
    sensitive boolean,
    failed boolean,
    breadth integer,
    categories varchar,
    workstations varchar,
    off_roster boolean,
    night boolean,
    vip boolean,
    decoy boolean,
    colleague boolean,
    household boolean,
    self boolean,
    maternity boolean,
    newborn boolean,
    relation varchar,
    support varchar,
    manner varchar,
    approval varchar,
    explanation varchar,
    surprise integer,
    state varchar,
    first_event_id varchar
);
