"""The leaderboard as a frame, CSV, JSON, Parquet and Markdown."""
