"""From evidence to findings: what is raised, how it is rated and worded, and when it ends.

==================  ==================================================================================
module              what it holds
==================  ==================================================================================
update              the four steps of a night, in their order; ``update_findings`` is what a night calls
scoring_context     what the steps have in common: the night, its dates, settings and limits
standing            what stands against every account at the end of a night, and who got new evidence
records             findings about a record that many opened
accounts            findings about accounts, from the first listing to the end of the episode
cases               two accounts that split a harvest are one case
log_gaps            findings about a source that fell silent
gap_standing        what lowers or ends such a finding: rows that came later, planned silence, rows that come again
source_state        which sources are silent, and which use to be late
likeness            the patterns that the evidence looks like
reasons, margin     why, in numbers; the fewest patients without which there would be no alert
risk                from evidence and policies to risk and severity
sampling            accounts drawn at random
finding_data        what the store holds about the accounts of a night's findings
open_findings       the findings that a night may continue
finding_writer      the only place that writes findings, their events and their days
changes             what a night changed
wording, reading    findings as the contract writes them, for readers, in two languages
==================  ==================================================================================

The finding itself is a type: :class:`detector.model.findings.Finding`.
"""
