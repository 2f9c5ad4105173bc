"""Policies: deterministic questions to a night's accesses, each of them one SQL file with a TOML header.

================  ======================================================================
module            what it knows
================  ======================================================================
policy            what a policy is: texts, parameters, examples
header            reads one file into a policy, or says in one line what is wrong with it
statement         the SELECT: the tables it reads, the connection a site's own runs on
catalogue         which policies a deployment has, with the site's own parameters
tables            the tables that policies read, and what they leave for the next night
firing            runs policies over these tables, keeps what fired
result            brings what a statement returned into one form
examples          runs every policy against the examples in its own header
example_nights    makes the tables of an example out of its CSV texts
starter           writes the file that a site's own policy begins with
last_night        makes the tables of the last night anew, for whoever wants to see what policies can read
table_texts       what these tables hold, in the reader's language
================  ======================================================================
"""
