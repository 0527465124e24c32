"""Classifiers that are fitted in one go on frozen features."""
