"""A page that shows what a model answers: drop an image, see its classes and where the model looks."""
