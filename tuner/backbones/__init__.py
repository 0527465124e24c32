"""Pretrained networks and networks from scratch: building, weights, the freeze boundary, latency."""
