"""The search for near duplicates: crops, recompressed, resized, turned or mirrored copies."""
