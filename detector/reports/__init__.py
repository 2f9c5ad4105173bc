"""Reports: what happened in a period, for the officer, for the management, and about the data itself.

==================  ======================================================================================
module              what it knows
==================  ======================================================================================
periods             which days a report covers and what it compares them with
period_figures      the figures of a period, each by one file of ``sql/report``
suppression         which units are too small to be shown alone
period_facts        what every kind of report reads first: findings, decisions, units, totals, what could be seen
composition         the regular report as a document; parts: officer, management, coverage
papers              what rules ask of the hospital, point by point, for somebody who signs it
reach               what people can reach, what nobody needed, what measures would have changed
kinds               one module a kind of report: from the published copy and a period to a document
unconfirmed         how alerts that were not confirmed are spread over groups of people
document            what a report consists of, whatever it is written in
charts              its pictures, as SVG
formats             one module a format: from a document to bytes
mail                a report as a mail that is ready to send
configured          the ``[[report]]`` of the configuration, written by the nightly run
==================  ======================================================================================

A report is a function of the published copy, the configuration, the period and the language: no clock, no order of
reading; the same state gives the same bytes. Patients appear in it as keyed pseudonyms only.
"""
