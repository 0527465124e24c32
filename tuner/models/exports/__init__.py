"""The formats that a retrained model can be exported to: one module each, and a row in `formats`."""
