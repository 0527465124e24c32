"""Where things lie now: the last study, and the images and weights of a study, which are known by their content."""
