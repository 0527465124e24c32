"""The plots of the report, drawn as SVG."""
