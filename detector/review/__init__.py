"""What an officer does with findings: looks, decides, asks.

- ``triage``: a request to decide becomes decisions for the trail, or an error that says what is missing.
"""
