"""Tables of images as people have them: their cells, columns, splits and files."""
