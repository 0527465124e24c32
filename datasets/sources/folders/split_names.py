"""Which folders are the splits of a data set, by their names."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from ...dataset import SPLITS

SPLIT_FOLDERS = {
    "test": "test",
    "testing": "test",
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
}
"""The names that are those of a split wherever they stand."""
_WORDS = {
    **{name: (split,) for name, split in SPLIT_FOLDERS.items()},
    "dev": ("validation",),
    "devel": ("validation",),
    "development": ("validation",),
    "eval": ("test", "validation"),
    "evaluation": ("test", "validation"),
    "holdout": ("test", "validation"),
}
"""The words in a name that stand for a split; where two are possible, the first that no other folder has."""
_SAY_NOTHING = ("data", "dataset", "folder", "image", "images", "img", "imgs", "set", "split")
_WORD_ENDS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
_SEPARATE_HOLDOUT = re.compile(r"hold[\W_]+out", re.IGNORECASE)

_Words = tuple[str, ...]


def splits_of(names: Iterable[str], beside: Iterable[str]) -> dict[str, list[str]]:
    """Return the folders of each split, where their names are plainly those of splits, and else nothing.

    They are called after splits (train, valid, holdout, test_set, TrainImages), with the same other words in their
    names (seg_train, seg_test). One of them is that of the training images. ``beside`` are all folders of the same
    place: a train_station is no split unless there is a test_station, or no other folder at all.
    """
    every = set(beside)
    of_rest: dict[_Words, set[_Words]] = defaultdict(set)
    for words, rest in _taken_apart(every).values():
        of_rest[rest].add(words)
    by_rest: dict[_Words, dict[_Words, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name, (words, rest) in _taken_apart(names).items():
        if not rest or len(of_rest[rest]) > 1 or len(every) == 1:
            by_rest[rest][words].append(name)
    read = [_assigned(group) for rest, group in sorted(by_rest.items())]
    whole = [one for one in read if "train" in one]
    if len(whole) > 1:
        whole = [one for one in whole if len(one) > 1]
    return whole[0] if len(whole) == 1 else {}


def seem_splits(names: Iterable[str]) -> bool:
    """Whether all folders have names of splits, so that it is unlikely that they are classes."""
    every = list(names)
    known = _taken_apart(every)
    rests: dict[_Words, set[_Words]] = defaultdict(set)
    for words, rest in known.values():
        rests[words].add(rest)
    alike = all(found == rests[("train",)] for found in rests.values())
    return bool(every) and len(known) == len(every) and ("train",) in rests and alike


def are_all_split_names(names: Iterable[str]) -> bool:
    """Whether every folder is called after a split, whichever it is."""
    every = list(names)
    return bool(every) and len(_taken_apart(every)) == len(every)


def _assigned(group: dict[_Words, list[str]]) -> dict[str, list[str]]:
    """Return folders by split; the words that stand for one split come before those that may stand for two."""
    found: dict[str, list[str]] = {}
    for possible in sorted(group, key=len):
        split = next((one for one in possible if one not in found), possible[0])
        found.setdefault(split, []).extend(group[possible])
    return {split: sorted(found[split]) for split in SPLITS if split in found}


def _taken_apart(names: Iterable[str]) -> dict[str, tuple[_Words, _Words]]:
    """Return the possible splits and the other words of every name with one word for a split."""
    found = {}
    for name in names:
        spaced = _WORD_ENDS.sub(" ", _SEPARATE_HOLDOUT.sub("holdout", name)).lower()
        words = [_bare(word) for word in re.split(r"[\W_]+", spaced) if word]
        splits = [_WORDS[word] for word in words if word in _WORDS]
        if len(splits) == 1:
            rest = (w for w in words if w not in _WORDS and w not in _SAY_NOTHING)
            found[name] = (splits[0], tuple(rest))
    return found


def _bare(word: str) -> str:
    """Return "train" of "trainset", and any other word as it is."""
    ends = (word.removesuffix(end) for end in _SAY_NOTHING)
    return next((one for one in ends if one in _WORDS), word)
