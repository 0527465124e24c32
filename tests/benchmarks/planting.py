"""Plants faults among clean images: what kind, in which file, and which image it copies."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image


@dataclass(frozen=True)
class Planted:
    """A fault: its kind, the finding that must tell it, the file, and the file it copies (None: it replaced one)."""

    kind: str
    finding: str
    path: str
    source: str | None


Spoil = Callable[[Path, Path, np.random.Generator], Path]


def _open(path: Path) -> Image.Image:
    return Image.open(path).convert("RGB")


def _cropped(source: Path, target: Path, rng: np.random.Generator) -> Path:
    image = _open(source)
    side = rng.uniform(0.65, 0.95)
    size = (int(side * image.width), int(side * image.height))
    left = int(rng.uniform(0, image.width - size[0]))
    top = int(rng.uniform(0, image.height - size[1]))
    target = target.with_suffix(".jpg")
    image.crop((left, top, left + size[0], top + size[1])).save(target, quality=85)
    return target


def _mirrored(source: Path, target: Path, rng: np.random.Generator) -> Path:
    target = _cropped(source, target, rng)
    _open(target).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(target, quality=85)
    return target


def _recompressed(source: Path, target: Path, rng: np.random.Generator) -> Path:
    target = target.with_suffix(".jpg")
    _open(source).save(target, quality=int(rng.integers(10, 60)))
    return target


def _resized(source: Path, target: Path, rng: np.random.Generator) -> Path:
    image = _open(source)
    scale = rng.uniform(0.4, 1.6)
    target = target.with_suffix(".png")
    image.resize((int(scale * image.width), int(scale * image.height))).save(target)
    return target


def _turned(source: Path, target: Path, rng: np.random.Generator) -> Path:
    target = target.with_suffix(".jpg")
    turns = [t for t in Image.Transpose if t != Image.Transpose.TRANSVERSE]
    _open(source).transpose(turns[rng.integers(len(turns))]).save(target, quality=90)
    return target


def _copied(source: Path, target: Path, rng: np.random.Generator) -> Path:
    return Path(shutil.copy(source, target.with_suffix(source.suffix)))


def _rotated(source: Path, target: Path, rng: np.random.Generator) -> Path:
    exif = Image.Exif()
    exif[0x0112] = int(rng.integers(2, 9))
    target = target.with_suffix(".jpg")
    _open(source).save(target, exif=exif, quality=95)
    return target


def _truncated(source: Path, target: Path, rng: np.random.Generator) -> Path:
    data = source.read_bytes()
    target = target.with_suffix(source.suffix)
    target.write_bytes(data[: int(rng.uniform(0.05, 0.9) * len(data))])
    return target


def _empty(source: Path, target: Path, rng: np.random.Generator) -> Path:
    target.with_suffix(".jpg").touch()
    return target.with_suffix(".jpg")


def _no_image(source: Path, target: Path, rng: np.random.Generator) -> Path:
    target.with_suffix(".jpg").write_bytes(rng.bytes(3000))
    return target.with_suffix(".jpg")


def _misnamed(source: Path, target: Path, rng: np.random.Generator) -> Path:
    target = target.with_suffix(".png")
    _open(source).save(target, format="JPEG", quality=90)
    return target


def _cmyk(source: Path, target: Path, rng: np.random.Generator) -> Path:
    _open(source).convert("CMYK").save(target.with_suffix(".jpg"), quality=90)
    return target.with_suffix(".jpg")


def _deep(source: Path, target: Path, rng: np.random.Generator) -> Path:
    gray = np.asarray(_open(source).convert("L"), dtype=np.uint16)
    Image.fromarray(gray * 257).save(target.with_suffix(".png"))
    return target.with_suffix(".png")


def _animated(source: Path, target: Path, rng: np.random.Generator) -> Path:
    image = _open(source)
    frames = [image.rotate(5 * turn).quantize() for turn in range(3)]
    target = target.with_suffix(".gif")
    frames[0].save(target, save_all=True, append_images=frames[1:])
    return target


def _tiny(source: Path, target: Path, rng: np.random.Generator) -> Path:
    _open(source).resize((24, 20)).save(target.with_suffix(".png"))
    return target.with_suffix(".png")


def _blank(source: Path, target: Path, rng: np.random.Generator) -> Path:
    colour = tuple(rng.integers(0, 256, 3).tolist())
    Image.new("RGB", _open(source).size, colour).save(target.with_suffix(".jpg"), quality=85)
    return target.with_suffix(".jpg")


COPIES: dict[str, tuple[str, Spoil, str]] = {
    "exact, same class and split": ("repeated", _copied, "beside"),
    "exact, across splits": ("leak", _copied, "other split"),
    "exact, across classes": ("conflict", _copied, "other class"),
    "near by crop": ("repeated", _cropped, "beside"),
    "near by recompression": ("repeated", _recompressed, "beside"),
    "near by resizing": ("repeated", _resized, "beside"),
    "near by turning": ("repeated", _turned, "beside"),
    "near by crop and mirroring": ("repeated", _mirrored, "beside"),
    "near by crop, across splits": ("leak", _cropped, "other split"),
    "near by recompression, across splits": ("leak", _recompressed, "other split"),
    "near by crop, across classes": ("conflict", _cropped, "other class"),
    "near by recompression, across classes": ("conflict", _recompressed, "other class"),
}
"""What stands beside its source: the finding that must tell it, how it is made, where it goes."""
REPLACED: dict[str, tuple[str, Spoil]] = {
    "truncated": ("unreadable", _truncated),
    "zero bytes": ("unreadable", _empty),
    "no image": ("unreadable", _no_image),
    "wrong extension": ("misnamed", _misnamed),
    "rotated by EXIF": ("rotated", _rotated),
    "CMYK": ("cmyk", _cmyk),
    "16-bit": ("deep", _deep),
    "animated": ("animated", _animated),
    "tiny": ("tiny", _tiny),
    "of one colour": ("blank", _blank),
}
"""What takes its source's place."""


def plant(root: Path, count: int, seed: int, spare: Sequence[str] = ()) -> list[Planted]:
    """Plant ``count`` faults of every kind in a folder with train/ and test/ class folders, each from another image.

    The images to ``spare`` are left as they are.

    Raises:
        ValueError: there are too few images.
    """
    rng = np.random.default_rng(seed)
    spared = {root / path for path in spare}
    sources = sorted(path for path in root.glob("train/*/*") if path not in spared)
    kinds = [*COPIES, *REPLACED]
    if len(sources) < count * len(kinds):
        raise ValueError(f"{count} of {len(kinds)} kinds need {count * len(kinds)} images")
    chosen = iter(rng.permutation(len(sources)))
    classes = sorted(folder.name for folder in (root / "train").iterdir())
    planted = []
    for kind in kinds:
        for number in range(count):
            source = sources[next(chosen)]
            stem = f"planted_{kinds.index(kind):02d}_{number:03d}"
            if kind in COPIES:
                finding, make, where = COPIES[kind]
                target = make(source, _place(root, source, where, classes, rng) / stem, rng)
                origin = source.relative_to(root).as_posix()
            else:
                finding, make = REPLACED[kind]
                target, origin = make(source, source.with_name(stem), rng), None
                source.unlink()
            planted.append(Planted(kind, finding, target.relative_to(root).as_posix(), origin))
    return planted


def mislabel(root: Path, count: int, seed: int) -> list[str]:
    """Move so many training images into another class's folder and return where they are now, from ``root``."""
    rng = np.random.default_rng(seed)
    sources = sorted(path for path in root.glob("train/*/*") if not path.name.startswith("planted"))
    classes = sorted(folder.name for folder in (root / "train").iterdir())
    moved = []
    for number in rng.permutation(len(sources))[:count]:
        source = sources[number]
        target = _place(root, source, "other class", classes, rng) / f"moved_{source.name}"
        moved.append(source.rename(target).relative_to(root).as_posix())
    return moved


def _place(
    root: Path, source: Path, where: str, classes: list[str], rng: np.random.Generator
) -> Path:
    if where == "other split":
        return root / "test" / source.parent.name
    if where == "other class":
        others = [name for name in classes if name != source.parent.name]
        return root / "train" / others[rng.integers(len(others))]
    return source.parent
