"""Sources of images: one module per kind of source, all read into a `Dataset`."""
