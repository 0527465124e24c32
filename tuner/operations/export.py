"""Exports a study's retrained model to files outside the study, each tried in its own runtime."""

import contextlib
import os
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from ...reports import ImageTable, Study, replacing, why_unwritable, write_beside
from ..errors import SearchError
from ..events import OnEvent, Progress, unheard
from ..features.cache import default_cache
from ..models.card import card_text
from ..models.example import example_code, example_file
from ..models.exports.comparison import Comparison, Figures, Run, compare, run_apart
from ..models.exports.conversion import convert_model
from ..models.exports.format import not_installed
from ..models.exports.formats import FORMATS, format_of
from ..models.exports.source import Source
from ..models.labels import Labels
from ..models.predict import read_labels
from ..models.saved_model import damage_of
from ..places.images import find_images
from ..workers.pool import WorkerPool

# A quantised model is fitted to so many training images, and a model without test images is tried on so many.
_CALIBRATION, _TRIED = 100, 64
_ALL_QUANTIZATIONS = tuple(
    dict.fromkeys(one for kind in FORMATS.values() for one in kind.quantizations)
)


@dataclass(frozen=True)
class Exported:
    """The files and folders that were written, models first, and what the models gave beside the retrained one.

    `comparisons` begins with the retrained model. It is empty where only `.keras` files were written, which are copies.
    """

    files: tuple[Path, ...]
    comparisons: tuple[Comparison, ...]


def export_best(
    study: Study,
    *outs: str | Path,
    quantize: str | None = None,
    data: str | Path | None = None,
    cache: Path | None = None,
    on_event: OnEvent | None = None,
) -> Exported:
    """Write the retrained model in one or several formats, with its card and examples beside it.

    Every model takes float32 pixels 0..255 and carries its labels. One in another format than `.keras` is run in a
    process of its own on the test images, or on training images where the study has no test images, and must give what
    the retrained model gives.

    Args:
        study: The study.
        outs: Files that end in `.keras`, `.tflite` or `.onnx`, and folders, without an ending, for a SavedModel.
        quantize: `"float16"` or `"int8"` for the `.tflite` files.
        data: Where the study's images are, if they were moved.
        cache: What an archive of images is unpacked to; the user's cache folder when None.
        on_event: Called with the progress.

    Raises:
        SearchError: The study has no retrained model, a damaged one or one beyond its limits, a name has no known
            ending or no folder to be written to, a package or an image is missing, or an exported model does not give
            the same.
    """
    places = tuple(dict.fromkeys(map(Path, outs)))
    _check_places(places)
    _check_quantization(places, quantize)
    if not study.retrains:
        raise SearchError(f"{study.folder} has no retrained model yet; run `tune retrain` first.")
    damage = damage_of(study)
    if damage is not None:
        raise SearchError(damage)
    _check_limits(study)
    _check_rounding(study, quantize)
    labels = read_labels(study.paths.model)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="transfertune-")))
        beside = {out: stack.enter_context(_placing(out)) for out in places}
        images = _images_for(study, places, quantize, data, cache or default_cache())
        comparisons = _write(study, images, labels, beside, quantize, folder, on_event or unheard)
        cards = _cards(study, places, comparisons)
    examples = {example_file(out): example_code(out, labels).encode() for out in places}
    texts = [write_beside(file, content) for file, content in (cards | examples).items()]
    return Exported((*places, *texts), comparisons)


def _cards(
    study: Study, places: tuple[Path, ...], comparisons: tuple[Comparison, ...]
) -> dict[Path, bytes]:
    """Return a card for each name without its ending: of what is written now, and of what lies there already."""
    cards = {}
    for stem in dict.fromkeys(out.with_suffix("") for out in places):
        every = [stem.with_name(stem.name + ending) for ending in FORMATS]
        models = [out for out in every if out in places or out.exists()]
        card = stem.with_name(f"{stem.name}.card.md")
        kept = Figures.of_card(card) or Figures("", ())
        same = kept.retrained == study.retrains[-1].digest
        shown = _figures(models, places, comparisons, kept.files if same else ())
        text = card_text(study, stem.name, models, shown)
        cards[card] = text.encode("utf-8", "backslashreplace")
    return cards


def _figures(
    models: list[Path],
    places: tuple[Path, ...],
    now: tuple[Comparison, ...],
    earlier: tuple[Comparison, ...],
) -> tuple[Comparison, ...]:
    """Return the comparisons of models of one name, the original first; older files keep theirs."""
    names = [out.name for out in models if out in places]
    written = [one for one in now[1:] if one.name in names]
    older = {out.name: out for out in models if out not in places}
    kept = [
        one
        for one in earlier[1:]
        if one.name in older and one.megabytes == _megabytes(older[one.name])
    ]
    found = (*written, *kept)
    return (*(now or earlier)[:1], *found) if found else ()


def _images_for(
    study: Study,
    places: tuple[Path, ...],
    quantize: str | None,
    data: str | Path | None,
    cache: Path,
) -> ImageTable:
    """Return the study's images where they are now; those that models are tried on are there as they were."""
    images = study.images()
    if all(out.suffix == ".keras" for out in places):
        return images
    calibration, tried = _chosen(images)
    needed = np.union1d(tried, calibration if quantize == "int8" else []).astype(int)
    try:
        return find_images(study, data, cache=cache, needed=needed)[1]
    except SearchError as error:
        raise SearchError(f"{error} Or write a .keras file, which is a copy.") from None


def _chosen(images: ImageTable) -> tuple[np.ndarray, np.ndarray]:
    """Return the indices of the images that a model is calibrated with, and of those that it is tried on."""
    test, trained = images.indices("test"), images.indices("train", "validation")
    rng = np.random.default_rng(0)
    trained = np.sort(rng.permutation(trained)[:_CALIBRATION])
    return trained, test if len(test) else trained[:_TRIED]


def _write(
    study: Study,
    images: ImageTable,
    labels: Labels,
    beside: dict[Path, Path],
    quantize: str | None,
    folder: Path,
    on_event: OnEvent,
) -> tuple[Comparison, ...]:
    """Write the models to the places beside those that they shall have, and compare them with the original."""
    trained, tried = _chosen(images)
    converted = {out: file for out, file in beside.items() if out.suffix != ".keras"}
    calibration = tuple(images.path(i) for i in trained)
    source = Source(study.paths.model, labels, calibration, folder)
    for out in beside.keys() - converted.keys():
        FORMATS[out.suffix].convert(source, beside[out], None)
    if not converted:
        return ()
    paths = [images.path(i) for i in tried]
    with contextlib.closing(WorkerPool()) as pool:
        jobs = tuple((out.suffix, file) for out, file in converted.items())
        pool.run(convert_model, source, jobs, quantize, on_event=on_event)
    truth = images.labels[tried] if len(images.indices("test")) else None
    on_event(Progress("running the retrained model", 0, len(converted) + 1))
    original = run_apart(".keras", study.paths.model, labels, paths, folder)
    found = [_compared(study.paths.model, study.paths.model, original, original, truth, None)]
    for done, (out, file) in enumerate(converted.items(), 1):
        kind = FORMATS[out.suffix]
        on_event(Progress(f"running {kind.name}", done, len(converted) + 1))
        run = run_apart(out.suffix, file, labels, paths, folder)
        chosen = quantize if quantize in kind.quantizations else None
        found.append(_compared(out, file, run, original, truth, chosen))
        if found[-1].mismatch:
            raise SearchError(f"{out} is not written: {found[-1].mismatch}.{_advice(chosen)}")
    on_event(Progress("running", len(converted) + 1, len(converted) + 1))
    return tuple(found)


def _compared(
    out: Path, file: Path, run: Run, original: Run, truth: np.ndarray | None, quantize: str | None
) -> Comparison:
    megabytes = _megabytes(file)
    return compare(run, original, truth, name=out.name, quantize=quantize, megabytes=megabytes)


def _megabytes(model: Path) -> float:
    files = [model] if model.is_file() else [one for one in model.rglob("*") if one.is_file()]
    return sum(one.stat().st_size for one in files) / 1e6


def _advice(quantize: str | None) -> str:
    return "" if quantize is None else " Leave --quantize out, or try --quantize float16."


def _check_places(places: tuple[Path, ...]) -> None:
    if not places:
        raise SearchError("There is nothing to write; give the name of a file or folder.")
    for out in places:
        if out.name in (*FORMATS, ".."):
            raise SearchError(
                f"A name is missing: give one such as model.keras, but got {str(out)!r}."
            )
        kind = format_of(out)
        if not out.parent.is_dir():
            raise SearchError(
                f"There is no folder {out.parent} to write {out.name} to; make it first."
            )
        why = why_unwritable(out.parent)
        if why is not None:
            raise SearchError(f"{why}; give another place for {out.name}.")
        if out.suffix and out.is_dir():
            raise SearchError(f"{out} is a folder; give the name of a file.")
        if not out.suffix and out.exists() and not (out / "saved_model.pb").is_file():
            raise SearchError(f"{out} exists and is no SavedModel; give another name.")
        for module in (*kind.converters, kind.runtime):
            if find_spec(module) is None:
                raise not_installed(module)


def _check_quantization(places: tuple[Path, ...], quantize: str | None) -> None:
    if quantize is None:
        return
    if quantize not in _ALL_QUANTIZATIONS:
        known = " or ".join(_ALL_QUANTIZATIONS)
        raise SearchError(f"A model can be quantised as {known}, but got {quantize!r}.")
    if not any(quantize in FORMATS[out.suffix].quantizations for out in places):
        raise SearchError(f"{quantize} needs a file that ends in .tflite, but there is none.")


def _check_limits(study: Study) -> None:
    retrained = study.trial(study.retrains[-1].trial)
    if study.limits.allow(retrained):
        return
    within = study.ranking.recommended  # a StudyError where no trial keeps them
    command = ["tune", "retrain", str(study.folder)]
    if within is not None:
        command += ["--trial", str(within.number)]
    again = ["--again"] if study.is_scored else []
    raise SearchError(
        f"The retrained model is of trial {retrained.number}, which is not within the limits ({study.limits}); "
        f"`{shlex.join([*command, *again])}` retrains one that is."
    )


def _check_rounding(study: Study, quantize: str | None) -> None:
    chosen = study.trial(study.retrains[-1].trial)
    members = [study.trial(one.trial) for one in chosen.members] or [chosen]
    if quantize == "int8" and any(one.recipe["classifier"] == "neighbours" for one in members):
        raise SearchError(
            "int8 is impossible for a model with nearest neighbours, since rounding makes all of them equally near; "
            "use --quantize float16."
        )


@contextlib.contextmanager
def _placing(out: Path) -> Iterator[Path]:
    """Yield a path beside a file or folder; it takes its place when the block ends without an error."""
    if out.suffix:
        with replacing(out, out.suffix) as beside:
            yield beside
        return
    beside = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        yield beside
        if out.exists():
            old = out.rename(out.with_name(f".{out.name}.{os.getpid()}.old"))
            beside.rename(out)
            shutil.rmtree(old, ignore_errors=True)
        else:
            beside.rename(out)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
