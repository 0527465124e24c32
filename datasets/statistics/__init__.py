"""What is measured of each image, kept between runs, and what that says of a data set."""
