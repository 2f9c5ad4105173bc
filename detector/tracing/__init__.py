"""From a list of leaked patients to the accounts they may have come from.

| module | what it holds |
| --- | --- |
| `complaints` | how the officer's list is read |
| `leak_hypotheses` | which part of what it opened an account may have passed on, and the prior belief in each |
| `exposure` | who had opened which record when and how, and matched controls, from the store |
| `target_population` | which patients the list is about |
| `background` | how well a list from elsewhere explains it: a ward's week, a department, anybody |
| `account_likelihood` | how well each account explains the list |
| `attribution` | the posterior of accounts and pairs, rivals, how many more complaints would settle it |
| `controls` | how many of the list each account was expected to have opened, and the p-value |
| `trace` | these together: one row per account |

The question is not who saw them all: whoever sees everybody did. Three things answer it. Breadth: an account that
passes on some of the 100 records it opened makes any one of them likelier than an account that opened 1,000. Manner: a
thief's list comes from what he opened *because* of it: contact pages, prints, accesses that no care explains; so the
list is compared with every such part of each account's work. Time: only accesses before the leak became known count,
and the days before it in which the records were opened are one more part. The parts are averaged over, never chosen.

Any share of the list may come from elsewhere, and all of it: a rival's list of one ward's week is explained by that
week as well as by whoever works there. So the probabilities say how often they are right, over lists with one culprit,
two, half from elsewhere, and none; ``tests/evaluation/leaks.py`` draws the curve.
"""
