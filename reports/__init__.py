"""What was found: trials and their log, leaderboard, report, TensorBoard."""
