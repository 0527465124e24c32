"""Folders of images: what lies in them, which of them are splits, and which are classes."""
