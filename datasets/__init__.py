"""What is learned from: sources, splits, decoding, augmentation, the data check."""

from .augment import AUGMENTATIONS, Augmentation, augment, augmentation
from .check import Check, check_dataset
from .check_files import write_check
from .dataset import SPLITS, Dataset, Picture, Progress, Unreadable
from .decode import MAX_PIXELS, RESIZES, decode, decode_all
from .drawing import draw_pictures
from .errors import DataError
from .findings import Finding, Same
from .folder import PICTURE_SUFFIXES
from .folds import Policy, assign_folds, choose_policy, cross_folds, first_slot
from .groups import alike_groups, groups_of
from .load import load_dataset
from .mix import MIXES, Mixed, mix
from .named import NAMED, NamedSet
from .preview import preview_mix, preview_views
from .regrouping import write_regrouped
from .shapes import DRAWN_CLASSES, PRETRAINING_CLASSES, SHAPES
from .split import Split, split_dataset
from .together import with_alike

__all__ = [
    "AUGMENTATIONS",
    "DRAWN_CLASSES",
    "MAX_PIXELS",
    "MIXES",
    "NAMED",
    "PICTURE_SUFFIXES",
    "PRETRAINING_CLASSES",
    "RESIZES",
    "SHAPES",
    "SPLITS",
    "Augmentation",
    "Check",
    "DataError",
    "Dataset",
    "Finding",
    "Mixed",
    "NamedSet",
    "Picture",
    "Policy",
    "Progress",
    "Same",
    "Split",
    "Unreadable",
    "alike_groups",
    "assign_folds",
    "augment",
    "augmentation",
    "check_dataset",
    "choose_policy",
    "cross_folds",
    "decode",
    "decode_all",
    "draw_pictures",
    "first_slot",
    "groups_of",
    "load_dataset",
    "mix",
    "preview_mix",
    "preview_views",
    "split_dataset",
    "with_alike",
    "write_check",
    "write_regrouped",
]
