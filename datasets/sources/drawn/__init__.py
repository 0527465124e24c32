"""Images that the project draws itself."""
