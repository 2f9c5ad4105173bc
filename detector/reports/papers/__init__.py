"""Papers: what a rule asks of the hospital, point by point, for somebody who signs it.

==================  ======================================================================================
module              what it knows
==================  ======================================================================================
points              the points of each rule, from ``<paper>.toml``
measures            sentences and tables that are measured, by name
stated              sentences that the configuration says, by name
paper               from a rule and a period to a document
==================  ======================================================================================

Each sentence says whether it was measured, stands in the configuration, is a limit of what logs can show, or is left
for a person to write. Nobody is named.
"""
