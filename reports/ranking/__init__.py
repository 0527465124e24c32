"""What the trials are worth: scores, intervals, paired comparisons, the recommendation and its bias correction."""
