"""`python -m transfertune.tuner.cli`, the same as `tune`."""

from .main import main

main()
