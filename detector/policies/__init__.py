"""Policies: deterministic questions to a night's accesses, each of them one SQL file with a TOML header.

================  ======================================================================
module            what it knows
================  ======================================================================
declaration       what a policy is: texts, parameters, examples
header            reads one file into a policy, or says in one line what is wrong with it
statement         the SELECT: the tables it reads, the connection a site's own runs on
catalogue         which policies a deployment has, with the site's own parameters
firing            runs policies over the night tables
examples          runs every policy against the examples in its own header
example_nights    makes the night tables of an example
================  ======================================================================
"""
