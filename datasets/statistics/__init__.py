"""Measurements of every image, stored between runs, and the statistics of a data set."""
