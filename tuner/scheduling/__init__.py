"""What runs next: baselines, proposals of the strategy, and further fits of the contenders."""
