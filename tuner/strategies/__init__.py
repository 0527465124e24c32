"""What to try next: Keras Tuner's search algorithms written without Keras, and the runs a space lists."""
