"""The names that spaces take and the changes that data sets make are one list."""

from transfertune import datasets, search_spaces
from transfertune.search_spaces.hyperparameters import AUGMENTATIONS


def test_both_parts_know_the_same_augmentations():
    """The parts never import each other, so that a test holds what both state."""
    assert tuple(datasets.AUGMENTATIONS) == AUGMENTATIONS


def test_every_value_of_the_hyperparameter_is_made():
    """Single and joined values that a space reads are augmentations."""
    row = search_spaces.HYPERPARAMETERS["augment"]
    for name in (*AUGMENTATIONS, "light+noise+hue", "crop+blur"):
        assert datasets.augmentation(row.read(name))
