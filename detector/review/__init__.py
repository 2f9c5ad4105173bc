"""What an officer does with findings: looks, decides, asks.

- ``listing``: the morning list, what is new in it for whom, and what justifications lowered.
- ``triage``: a request to decide becomes decisions for the trail, or an error that says what is missing.
- ``inquiry``: the facts of a request to explain, without any patient.
- ``precision``: how good the ranking is, by what was decided.
- ``alert_spread``: how alerts that were not confirmed are spread over roles, departments and night work.
- ``sealing``: a request to seal records becomes entries of the trail.
- ``training``: a decided finding as a page in which nobody can be recognised.
"""
