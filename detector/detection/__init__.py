"""Detection: from a night's events to findings, each step with one input and one output.

==================  ==================================================================================
module              what it knows
==================  ==================================================================================
night_tables        the night's tables, one SQL file of ``sql/night`` each: why was this access legitimate?
features            what is counted per account and day, with its texts
hypotheses          what harvesting and snooping would look like, access by access
surprisal            the habit of account and peers, and the weight of evidence of one access
exports, unusual    evidence of whole days: bulk exports, and what pyod's models make of a day
judgement           runs these for business dates and stores the outcome
policy_tables       the tables that policies ask
streams, evidence  the streams in which evidence adds up over days
thresholds          how much evidence is an alert, and what its risk is
patterns            the names that evidence gets, one TOML file each, with causes, gaps and next steps
episodes            findings about accounts, from first listing to end
records, silences   findings about a record opened by many, and about a silent source
shared_harvests     two accounts that split a harvest are one case
reasons, wording    why, in numbers and in two languages
reckoning           how a score came about, and what would have kept it below an alert
keeping, sampling   writing findings; drawing accounts at random
findings            findings as the contract writes them, for readers
==================  ==================================================================================
"""
