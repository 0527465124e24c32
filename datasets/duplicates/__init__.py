"""Images that show the same, whatever was done to one of them."""
