"""Measures the data check: how much of what is planted is found, false alarms, time and memory.

python tests/benchmarks/data_check.py --data DIR --planted 20      a folder with train/ and test/ class folders
python tests/benchmarks/data_check.py --drawn 100000               so many drawn images: time and memory
python tests/benchmarks/data_check.py --data DIR --mislabelled 40 --backbone mobilenet_v2 --weights DIR
                                                                   what a probe makes of labels that were changed
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from PIL import Image
from planting import COPIES, REPLACED, Planted, mislabel, plant

from transfertune.datasets import SHAPES, draw_images

_PER_CALL = 200
_CHECK = """
import json, sys, time, resource
from pathlib import Path
from transfertune.datasets import check_dataset, load_dataset
out, seconds = {}, []
for _ in range(2):
    started = time.time()
    dataset = load_dataset(sys.argv[1], cache=Path(sys.argv[2]))
    read = time.time() - started
    found = check_dataset(dataset, cache=Path(sys.argv[2]))
    seconds.append([read, time.time() - started])
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
print(json.dumps({"check": found.as_dict(), "seconds": seconds, "megabytes": peak}))
"""
_BELIEFS = (0.03, 0.02, 0.01, 0.005)


def main() -> None:
    """Print what was found, and exit with 1 where that is too little or too much."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="clean images; drawn ones when not given")
    parser.add_argument("--drawn", type=int, default=600, help="how many images to draw")
    parser.add_argument("--size", type=int, default=128, help="pixels a side of drawn images")
    parser.add_argument("--planted", type=int, default=0, help="faults of every kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--real", action="append", default=[], metavar="PATH",
        help="an image of the clean set that is known to be there twice; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--mislabelled", type=int, default=0, help="training images to move into another class"
    )
    parser.add_argument("--backbone", default="drawn_net", help="whose features judge the labels")
    parser.add_argument("--weights", default="imagenet", help="the backbone's weights")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        root = Path(folder, "images")
        if options.data:
            shutil.copytree(options.data, root)
        else:
            draw(root, options.drawn, options.size, options.seed)
        planted = plant(root, options.planted, options.seed, options.real)
        if options.mislabelled:
            moved = mislabel(root, options.mislabelled, options.seed)
            command = ("--backbone", options.backbone, "--weights", options.weights)
            report_labels(run_command(root, command, Path(folder, "cache")), set(moved))
            return
        result = run_check(root, Path(folder, "cache"))
        sys.exit(report(result, planted, options.real))


def draw(root: Path, count: int, size: int, seed: int) -> None:
    """Write drawn images as JPEG files, three quarters for training, on all cores."""
    starts = range(0, count, _PER_CALL)
    with ProcessPoolExecutor() as pool:
        list(pool.map(partial(_draw, root, count, size, seed), starts))


def _draw(root: Path, count: int, size: int, seed: int, start: int) -> None:
    names = sorted(SHAPES)
    each = -(-min(_PER_CALL, count - start) // len(names))
    pixels, labels = draw_images(tuple(names), each, size, seed + 1 + start)
    for i, (one, label) in enumerate(zip(pixels[: count - start], labels, strict=False)):
        split = "test" if i % 4 == 3 else "train"
        path = root / split / names[label] / f"{start + i:07d}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(one).save(path, quality=90)


def run_check(root: Path, cache: Path) -> dict:
    """Check in a process of its own, twice: the second time everything is known."""
    words = [sys.executable, "-c", _CHECK, str(root), str(cache)]
    started = time.time()
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)
    values = json.loads(done.stdout)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {**values, "wall": time.time() - started, "cpu": children.ru_utime + children.ru_stime}


def run_command(root: Path, options: tuple[str, ...], cache: Path) -> dict:
    """Return what `tune data check` says as JSON, with the options."""
    words = [sys.executable, "-m", "transfertune.tuner.cli", "data", "check", str(root), "--json"]
    environment = {**os.environ, "TRANSFERTUNE_CACHE": str(cache)}
    done = subprocess.run(
        [*words, *options], stdout=subprocess.PIPE, text=True, check=True, env=environment
    )
    return json.loads(done.stdout)


def report_labels(found: dict, moved: set[str]) -> None:
    """Print how many of the moved images are doubted, and how many of those that are doubted were moved."""
    labels = found["labels"]
    print(
        f"{labels['images']} images, {len(moved)} of them in another class than before; "
        f"{labels['backbone']} names {labels['agreed']:.0%} as they are labelled"
    )
    for most in _BELIEFS:
        told = [one["path"] in moved for one in labels["disputed"] if one["belief"] <= most]
        print(f"believed up to {most}: {len(told):4} named, {sum(told):4} of them moved")
    first = [one["path"] in moved for one in labels["disputed"][: len(moved)]]
    print(f"of the first {len(first)}: {sum(first)} moved")


def report(result: dict, planted: list[Planted], real: list[str]) -> int:
    """Print the table and return 1 if less than 95 % of a kind was found, or anything that is not there."""
    check = result["check"]
    (read, first), (_, again) = result["seconds"]
    print(
        f"{check['images']} images: read in {read:.1f} s, checked in {first:.1f} s, "
        f"again in {again:.1f} s; at most {result['megabytes']:.0f} MB"
    )
    groups = {f["kind"]: [set(g) for g in f["images"]] for f in check["findings"]}
    found, missed = Counter(), []
    for one in planted:
        wanted = {one.path, one.source} - {None}
        if any(wanted <= group for group in groups.get(one.finding, [])):
            found[one.kind] += 1
        else:
            missed.append(one)
    totals = Counter(one.kind for one in planted)
    for kind in [*COPIES, *REPLACED] if planted else []:
        print(f"{kind:40} {found[kind]:4} of {totals[kind]}")
    for one in missed:
        print(f"missed: {one.kind}: {one.path} {one.source or ''}")
    fine = [set(real), *({one.path, one.source} for one in planted)]
    alarms = [(k, g) for k, gs in groups.items() for g in gs if not any(g <= f for f in fine)]
    for kind, group in alarms:
        print(f"not planted: {kind}: {' '.join(sorted(group))}")
    share = sum(found.values()) / max(1, len(planted))
    print(f"found {sum(found.values())} of {len(planted)}; not planted: {len(alarms)}")
    few = [kind for kind in totals if found[kind] < 0.95 * totals[kind]]
    return int(bool(few or alarms or (planted and share < 0.95)))


if __name__ == "__main__":
    main()
