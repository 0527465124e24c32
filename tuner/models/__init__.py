"""What leaves a search: whole models, retraining, cards, exports, predictions."""
