"""The activations at the freeze boundary, computed once and cached."""
