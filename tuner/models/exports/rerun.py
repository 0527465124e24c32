"""Runs an exported model in a process of its own, which has the model's runtime and nothing of the training.

    python -m transfertune.tuner.models.exports.rerun ENDING MODEL IMAGES.json OUT.npz

IMAGES.json has the labels and the paths of the images. The images are run in batches, and the first ones alone.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np

from ....datasets import decode, decode_all
from ..labels import Labels
from ..predict import load_as, predict_images
from .formats import FORMATS

# The images that are run alone, which also times one.
_ALONE = 32


def main(ending: str, model: str, images: str, out: str) -> None:
    """Write the probabilities of all images in batches and of the first ones alone, and the milliseconds of one."""
    wanted = json.loads(Path(images).read_text(encoding="utf-8"))
    labels, paths = Labels.from_json(wanted["labels"]), [Path(p) for p in wanted["paths"]]
    predictor = load_as(FORMATS[ending], Path(model))
    decoded = decode_all(paths, labels.image_size, labels.resize, gray=labels.gray)
    batched = predict_images(predictor, decoded, labels)
    alone, seconds = [], []
    for path in paths[:_ALONE]:
        pixels = decode(path, labels.image_size, labels.resize, gray=labels.gray)
        pixels = pixels[None].astype(np.float32)
        started = time.perf_counter()
        alone.append(predictor(pixels)[0])
        seconds.append(time.perf_counter() - started)
    milliseconds = 1000 * float(np.median(seconds))
    np.savez(out, batched=batched, alone=np.stack(alone), milliseconds=milliseconds)


if __name__ == "__main__":
    main(*sys.argv[1:])
