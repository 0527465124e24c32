"""How sure a score is, and whether it is better than chance."""
