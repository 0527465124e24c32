"""What may vary: recipes, the table of backbones, one module per space."""
