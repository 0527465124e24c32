"""Where images come from: one file per kind of source, all read into a `Dataset`."""
