"""What to try next: Keras Tuner's search algorithms, and the runs a space lists."""
