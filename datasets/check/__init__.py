"""The data check: findings from the statistics, the duplicates and the split."""
