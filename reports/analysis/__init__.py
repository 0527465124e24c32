"""What the predictions of a trial show: confusions, calibration, importances, trade-offs, doubted labels."""
