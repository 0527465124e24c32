"""Data sets with a name, downloaded and checked."""
