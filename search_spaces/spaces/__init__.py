"""The search spaces, one module each, and how they are loaded."""
