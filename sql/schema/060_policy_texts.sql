/*
What a policy was when it fired: its digest beside what it fired on, and its text, so that a finding can be reproduced
after the file has changed.
*/
alter table policy_days add column sha256 varchar;
create table policy_texts (
    sha256 varchar primary key,
    policy_id varchar not null,
    version integer not null,
    content varchar not null
);
