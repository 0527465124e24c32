"""The command line: `tune`. The only part that prints."""

from .main import main

__all__ = ["main"]
