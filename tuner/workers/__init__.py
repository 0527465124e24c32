"""Executors that run jobs: in this process or in child processes."""
