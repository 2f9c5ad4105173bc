"""From a list of leaked patients to the accounts they may have come from.

| module | what it knows |
| --- | --- |
| `complaints` | how the officer's list is read |
| `hypotheses` | which part of what it saw an account may have passed on, and what is believed beforehand |
| `sightings` | what the store says: who opened which record when and how, matched controls |
| `segment` | which patients the list is about |
| `likelihood` | how well each account, and each pair, explains the list |
| `blame` | the posterior, who cannot be told apart, how many more complaints would settle it |
| `controls` | how many of the list each account was to be expected to have opened, and the p-value |
| `trace` | these together: one row an account |

The question is not who saw them all: whoever sees everybody did. Three things answer it. Breadth: an account that
passes on some of the 100 records it saw makes any one of them likelier than an account that saw 1,000. Manner: a
thief's list comes from what he opened *because* of it: contact pages, prints, accesses that no care explains, so the
list is compared with every such part of each account's work. Time: only accesses before the leak became known count,
and the days before it in which the records were opened are one more part. The parts are averaged over, never chosen.
"""
