"""One seed a study, from which every other is derived.

A derived seed depends on the words that say what it is for, so that adding a use changes no other; 0 is a
seed like any other.
"""

import hashlib


def derive_seed(seed: int, *purpose: str | int) -> int:
    """Return a seed in [1, 2**31) for a purpose, such as `derive_seed(0, "fit", 7)`."""
    text = "/".join(map(str, (seed, *purpose)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") % (2**31 - 1) + 1
