"""The evidence file: what an investigation, a court or the police needs to check a finding without the detector.

- ``readings``: what the store and the trail know of one finding, one file of ``sql/evidence`` each.
- ``contents``: the files of the bundle; all but the custody page depend on the finding's state alone.
- ``pages``: what of it is written for people: the finding, the method in plain words, the chain of custody.
- ``bundle``: one ZIP with ``SHA256SUMS`` at its top, the same bytes for the same contents.
- ``signature``: detached signatures (CMS, RFC 5652) that ``openssl cms`` checks.
"""
