"""The study on disk: its files, its header, its records, and their readers and writers."""
