/*
# A policy of your own: a question that every night is asked, and whom it names. This part is TOML (# begins a
# comment), the question is the SELECT below it. Change both to what your house needs, then
#     detector policies test {id}      runs the examples at the end of this part
#     detector policies tables         shows what last night's tables held
#     detector run                     asks it every night from now on
# Texts may be written in one language, as here, or in both: title = { zh = "…", en = "…" }

id = "{id}"   # the name of this file without .sql
version = 1   # raise it whenever you change what is asked: a finding keeps it, with a digest of this file

# What it looks like, which decides how a finding is called and what the officer is told to check. One of:
{patterns}
pattern = "after-hours-access"
severity = "medium"   # how bad it would be: low, medium, high or critical
alert = true          # true: an alert of the same night. false: listed, and an alert only with other evidence
subject = "account"   # account: the SELECT gives user_id. source: it gives source, the name of a log

title = "Records printed at night"
# In braces: columns of the SELECT, and what the program counts from the events that the SELECT names:
# {events}, {patients}, {records}, {accesses} (distinct minutes with a patient), {first_at}, {last_at}
reason = "Printed records of {patients} patients at night, first at {first_at}, on {workstation}"
why = "Our rule: records are printed by day, at the records office. (The law or house rule that it rests on.)"
misses = "Photographs of the screen; prints before the night begins. (What it cannot see.)"
false_causes = "A discharge or a transfer at night. (Innocent reasons for which it fires.)"
check = ["Ask what the print was for", "Find out where the paper is"]

# Values that the SELECT names with $. detector.toml may set others, without a change of this file:
#     [policies.{id}]
#     night_from = 23
# There are also $night, the business date, and $timezone.
[params]
night_from = 22
night_to = 6
exempt_accounts = []   # a list, for accounts that may

# Examples: small nights with invented rows, and who must be named. At least one that fires and one innocent
# look-alike. `events` is CSV with the columns of a log (columns that are left out are empty); staff, patients,
# encounters, care_team, roster, approvals, vip_patients and decoy_patients may be given in the same way.
[[example]]
name = "a nurse prints two patients' records at eleven in the evening"
night = 2026-03-02
fires = ["n1"]
events = """
event_time,user_id,patient_id,action,workstation
2026-03-02 23:10:00,n1,p1,print,ward-3
2026-03-02 23:12:00,n1,p2,print,ward-3
2026-03-02 23:15:00,n2,p1,view,ward-3
"""

[[example]]
name = "printed by day, and a print that was refused"
night = 2026-03-02
fires = []
events = """
event_time,user_id,patient_id,action,workstation,outcome
2026-03-02 10:00:00,n1,p1,print,ward-3,success
2026-03-02 23:00:00,n2,p1,print,ward-3,failure
"""
*/
-- One SELECT: a row for each event that is meant, with its account (user_id) and its event_id. Every further column
-- can be named in the reason. The program gathers the rows by account, and counts.
-- (Or a row per account, with the events as a list: select user_id, list(event_id) as event_ids … group by user_id)
-- It may read:
{tables}
select
    user_id,
    event_id,
    workstation
from night_events
where
    action = 'print'
    and outcome = 'success'
    and (hour(local_time) >= $night_from or hour(local_time) < $night_to)
    and not list_contains($exempt_accounts::varchar[], user_id)
