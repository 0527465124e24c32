"""The verbs, each a story read top to bottom: search, compare, retrain, export, predict, check labels."""
