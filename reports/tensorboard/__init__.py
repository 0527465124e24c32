"""The study as TensorBoard's event files."""
