"""The hospital's normal work, one module per kind of workplace."""
