"""From evidence to findings: what is raised, how it is worded, and when it ends."""
