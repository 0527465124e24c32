"""The search: strategies, freeze boundary, features, fitting, retraining, export."""
