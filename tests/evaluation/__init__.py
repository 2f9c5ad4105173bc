"""How well detection does on labelled hospitals: scorer, baselines to beat, and one command that measures."""
