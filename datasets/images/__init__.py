"""Pixels of one image: decoding, augmentation, mixup, and previews of them."""
