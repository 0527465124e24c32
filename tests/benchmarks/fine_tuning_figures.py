"""The table of `fine_tuning.py`."""

import numpy as np


def table(done: dict) -> str:
    """Return the differences of all techniques from the plain recipe, over all cases that have both, as Markdown."""
    names = dict.fromkeys(name for case in done.values() for name in case)
    head = ["technique", "images", "cases", "log loss", "accuracy, points", "time of an epoch"]
    lines = [_row(head), "| --- |" + " ---: |" * 5]
    for size in sorted({int(name.split()[1]) for name in done}):
        cases = [c for name, c in done.items() if int(name.split()[1]) == size]
        for name in ("probe", *names):
            rows = [c for c in cases if name in c or name == "probe"]
            lines.append(_row(_cells(name, size, rows)))
    return "\n".join(lines)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(name: str, size: int, cases: list[dict]) -> list[str]:
    if name == "probe":
        start = np.mean([c["plain"]["start"] for c in cases], axis=0)
        end = np.mean([c["plain"]["end"] for c in cases], axis=0)
        loss, accuracy = start[0] - end[0], 100 * (start[1] - end[1])
        return [name, str(size), str(len(cases)), f"{loss:+.3f}", f"{accuracy:+.1f}", ""]
    if name == "plain":
        end = np.mean([c["plain"]["end"] for c in cases], axis=0)
        return [name, str(size), str(len(cases)), f"{end[0]:.3f}", f"{100 * end[1]:.1f}", "1"]
    loss = _interval([np.subtract(c[name]["losses"], c["plain"]["losses"]) for c in cases])
    right = _interval(
        [100 * np.subtract(c[name]["right"], c["plain"]["right"]) for c in cases], digits=1
    )
    time_ratio = np.median([c[name]["seconds"] / c["plain"]["seconds"] for c in cases])
    return [name, str(size), str(len(cases)), loss, right, f"{time_ratio:.1f}"]


def _interval(differences: list[np.ndarray], digits: int = 3, samples: int = 2000) -> str:
    """Return the mean with its 95 % interval; cases are drawn, and in each its images."""
    rng = np.random.default_rng(0)
    means = []
    for _ in range(samples):
        drawn = rng.integers(0, len(differences), len(differences))
        means.append(
            np.mean([rng.choice(differences[i], len(differences[i])).mean() for i in drawn])
        )
    low, high = np.quantile(means, [0.025, 0.975])
    mean = np.mean([d.mean() for d in differences])
    return f"{mean:+.{digits}f} [{low:+.{digits}f}, {high:+.{digits}f}]"
