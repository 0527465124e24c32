"""What a model file carries inside: the names of its classes, and how an image becomes its input."""

import json
from dataclasses import asdict, dataclass

from ...datasets import RESIZES

LABELS = "labels.json"
"""The name of the labels inside a model's file or folder."""
# Pixels per side. A file may come from anyone, and this many pixels are allocated.
LARGEST_IMAGE = 4096


@dataclass(frozen=True)
class Labels:
    """The names of the classes in the order of the output, pixels a side of the input, and how images become square."""

    classes: tuple[str, ...]
    image_size: int
    resize: str

    def to_json(self) -> str:
        """Return the text that `from_json` reads."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> "Labels":
        """Return the labels of a text.

        Raises:
            ValueError: The text is damaged, or has impossible values.
        """
        try:
            values = json.loads(text)
            found = cls(tuple(values["classes"]), values["image_size"], values["resize"])
        except (KeyError, TypeError) as error:
            raise ValueError(f"a value is missing: {error}") from error
        if not all(isinstance(name, str) for name in found.classes) or not found.classes:
            raise ValueError("classes must be names")
        if type(found.image_size) is not int or not 1 <= found.image_size <= LARGEST_IMAGE:
            raise ValueError(f"image_size must be a whole number from 1 to {LARGEST_IMAGE}")
        if found.resize not in RESIZES:
            raise ValueError(f"resize must be one of {', '.join(RESIZES)}")
        return found
