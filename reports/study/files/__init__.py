"""One module for each kind of file in a study, with its reader and its writer."""
