"""Tries every fault on real searches and prints the figures.

`python tests/faults/run.py --out figures.json` does it all; parts can be named: kills, points, full, broken, real,
injected, mishaps, memory. It takes an hour or so on two cores.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

from forked import Forker
from injected import Injection
from interposing import Judge, build, compiler
from memory import measure
from mishaps import Mishaps
from random_kills import RandomKills
from searches import STRATEGIES, Counts, Place
from write_points import WritePoints

PARTS = ("kills", "points", "real", "full", "broken", "injected", "mishaps", "memory")
_POINTS = {
    "points": "kills",
    "real": "killed_for_real",
    "full": "full_disk",
    "broken": "broken_disk",
}


def main() -> int:
    """Run the parts that were asked for; exit 1 when any count that must be zero is not."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; default: all"
    )
    parser.add_argument(
        "--kills", type=int, default=300, help="random kills, of all strategies together"
    )
    parser.add_argument(
        "--strategy", choices=STRATEGIES, default="hyperband", help="for the write points"
    )
    parser.add_argument("--every", type=int, default=1, help="try one write point in so many")
    parser.add_argument(
        "--trials", type=int, default=500, help="of the search whose memory is measured"
    )
    parser.add_argument("--injected", type=int, default=40, help="trials of the searches that fail")
    parser.add_argument(
        "--workers", type=int, default=1, help="worker processes of the killed searches"
    )
    parser.add_argument("--mishap", help="a word of the mishaps to try; default: all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="a JSON file for all figures")
    parser.add_argument(
        "--keep", type=Path, help="a folder for everything; default: one that is deleted"
    )
    options = parser.parse_args()
    unknown = [part for part in options.parts if part not in PARTS]
    if unknown:
        parser.error(f"unknown parts {', '.join(unknown)}; known are {', '.join(PARTS)}")
    folder = Path(options.keep or tempfile.mkdtemp(prefix="faults-"))
    folder.mkdir(parents=True, exist_ok=True)
    figures: dict = {}
    library = build(folder) if compiler() else None
    place = Place.prepare(folder)
    with Forker(folder, library) as forker, Judge(folder / "judge") as judge:
        for part in options.parts or PARTS:
            if part in _POINTS and library is None:
                print(f"{part}: left out, there is no C compiler")
                continue
            started = time.monotonic()
            figures[part] = _part(part, place, forker, judge, options)
            figures[part]["seconds"] = round(time.monotonic() - started, 1)
            print(json.dumps({part: figures[part]}), flush=True)
            if options.out:
                options.out.write_text(json.dumps(figures, indent=1) + "\n")
    if not options.keep:
        shutil.rmtree(folder, ignore_errors=True)
    return int(any(_wrong(figure) for figure in figures.values()))


def _part(part: str, place: Place, forker: Forker, judge: Judge, options) -> dict:
    if part == "kills":
        more = () if options.workers == 1 else ("--workers", str(options.workers))
        kills = RandomKills(place, forker, options.seed, more)
        return _together(kills.run(options.kills, on_study=_tell))
    if part in _POINTS:
        points = WritePoints(place, forker, judge, options.strategy, "--no-retrain")
        found = getattr(points, _POINTS[part])(options.every)
        return {**vars(found), "counts": vars(found.counts)}
    if part == "injected":
        return {s: _injected(s, place, forker, options) for s in ("hyperband", "random")}
    if part == "mishaps":
        mishaps = Mishaps(place, forker, judge if compiler() else None)
        return {**mishaps.run(options.mishap), "counts": vars(mishaps.counts)}
    return measure(place, forker, options.trials).as_dict()


def _together(found: dict[str, Counts]) -> dict:
    total = Counts()
    for counts in found.values():
        total.add(counts)
    return {**vars(total), "by strategy": {k: v.kills for k, v in found.items()}}


def _tell(found: dict[str, Counts]) -> None:
    print(json.dumps(_together(found)), file=sys.stderr, flush=True)


def _injected(strategy: str, place: Place, forker: Forker, options) -> dict:
    found = Injection(place, forker, options.injected, 9, options.seed).run(strategy)
    return {**vars(found), "counts": vars(found.counts)}


def _wrong(figure) -> bool:
    if not isinstance(figure, dict):
        return False
    names = ("lost", "run_again", "refused", "different", "orphans")
    return any(figure.get(name, 0) for name in names) or any(map(_wrong, figure.values()))


if __name__ == "__main__":
    sys.exit(main())
