"""Which image is for what: groups that stay together, the split, and the folds."""
