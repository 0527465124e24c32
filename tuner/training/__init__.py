"""Fitting one recipe on some images: networks epoch by epoch, probes in one go."""
