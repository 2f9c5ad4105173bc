"""Detection: from a night's events to a number per account and stream, each step with one input and one output.

==================  ==================================================================================
module              what it holds
==================  ==================================================================================
night_tables        the night's tables, one SQL file of ``sql/night`` each: why was this access legitimate?
planned_silences    when logs are silent by plan
features            what is counted per account and day, with its texts
hypotheses          what harvesting and snooping would look like, access by access
likelihood          the habit of account and peers, and the weight of evidence of one access
exports             evidence of whole days: bulk exports
anomalous_days      evidence of whole days: what pyod's models make of a day
scoring             runs these for business dates and stores the outcome
streams             the streams in which evidence adds up over days
accumulation        how it adds up
thresholds          how much evidence is an alert, and what its risk is
patterns            the names that evidence gets, one TOML file each, with causes, gaps and next steps
==================  ==================================================================================
"""
