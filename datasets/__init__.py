"""Data sets: sources, splits, decoding, augmentation, the data check."""

from .check.check import Check, check_dataset
from .check.files import check_content
from .check.findings import Finding, Same
from .check.severity import STOPS_FROM
from .check.sides import sides_matter_among
from .dataset import SPLITS, Dataset, ImageFile, Progress, Unreadable
from .duplicates.search import find_duplicates
from .environment import ENVIRONMENT, MAX_PIXELS
from .errors import DataError
from .gray import OWN_RANGE, GrayRange, GrayScale, gray_scale
from .images.augment import AUGMENTATIONS, Augmentation, augment, augmentation
from .images.decode import RESIZES, decode, decode_all, decode_bytes, stack_batches
from .images.mixup import MIXES, Mixed, mixup
from .images.preview import preview_mix, preview_views
from .ordered_map import ordered_map
from .sources.drawn.drawing import draw_images
from .sources.drawn.shapes import DRAWN_CLASSES, PRETRAINING_CLASSES, SHAPES
from .sources.folders.walk import Walk, is_passed_over
from .sources.images_at import images_at
from .sources.kinds import identify
from .sources.load import list_images, load_dataset
from .sources.named_sets import NAMED, NamedSet
from .splits.folds import (
    Policy,
    assign_folds,
    choose_policy,
    cross_folds,
    first_slot,
    has_many_images,
)
from .splits.groups import duplicate_groups, groups_of
from .splits.leak_free_manifest import write_regrouped
from .splits.split import Split, split_dataset

__all__ = [
    "AUGMENTATIONS",
    "DRAWN_CLASSES",
    "ENVIRONMENT",
    "MAX_PIXELS",
    "MIXES",
    "NAMED",
    "OWN_RANGE",
    "PRETRAINING_CLASSES",
    "RESIZES",
    "SHAPES",
    "SPLITS",
    "STOPS_FROM",
    "Augmentation",
    "Check",
    "DataError",
    "Dataset",
    "Finding",
    "GrayRange",
    "GrayScale",
    "ImageFile",
    "Mixed",
    "NamedSet",
    "Policy",
    "Progress",
    "Same",
    "Split",
    "Unreadable",
    "Walk",
    "assign_folds",
    "augment",
    "augmentation",
    "check_content",
    "check_dataset",
    "choose_policy",
    "cross_folds",
    "decode",
    "decode_all",
    "decode_bytes",
    "draw_images",
    "duplicate_groups",
    "find_duplicates",
    "first_slot",
    "gray_scale",
    "groups_of",
    "has_many_images",
    "identify",
    "images_at",
    "is_passed_over",
    "list_images",
    "load_dataset",
    "mixup",
    "ordered_map",
    "preview_mix",
    "preview_views",
    "sides_matter_among",
    "split_dataset",
    "stack_batches",
    "write_regrouped",
]
