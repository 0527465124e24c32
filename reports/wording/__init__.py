"""How numbers, recipes and verdicts are put into words."""
