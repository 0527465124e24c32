"""Ensembles: models whose probabilities are averaged, how they are weighted, and what they cost."""
