"""What is learned from: sources, splits, decoding, augmentation, the data check."""
