"""The table and the plot of `peers.py`, with bootstrap intervals over seeds and test images."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

SAMPLES = 2000
OURS = "e"


@dataclass(frozen=True)
class Estimate:
    """A mean with its 95 % interval."""

    mean: float
    low: float
    high: float

    def text(self, scale: float = 100.0, digits: int = 1, sign: str = "") -> str:
        """Return it as text, in points unless another scale is given."""
        mean, low, high = (
            f"{scale * x:{sign}.{digits}f}" for x in (self.mean, self.low, self.high)
        )
        return f"{mean} [{low}, {high}]"


@dataclass(frozen=True)
class Cell:
    """The runs of one method with one limit, in the order of their seeds.

    `correct` and `losses` are (seeds, test images); `claims` has NaN where there was no model.
    """

    correct: np.ndarray
    losses: np.ndarray
    claims: np.ndarray
    seconds: np.ndarray

    @classmethod
    def of(cls, records: Iterable[dict]) -> "Cell":
        """Return the cell of some records."""
        rows = sorted(records, key=lambda record: record["seed"])
        return cls(
            *(np.array([row[name] for row in rows], float) for name in ("correct", "losses")),
            np.array([np.nan if row["claim"] is None else row["claim"] for row in rows]),
            np.array([row["seconds"] for row in rows]),
        )

    @property
    def without_model(self) -> int:
        """How many runs had no model at their limit."""
        return int(np.isnan(self.claims).sum())

    def with_model(self) -> "Cell":
        """Return the runs that made a claim."""
        there = ~np.isnan(self.claims)
        return Cell(*(x[there] for x in (self.correct, self.losses, self.claims, self.seconds)))

    def claim_error(self) -> Estimate:
        """Return claim minus truth, over the runs that made a claim."""
        cell = self.with_model()
        return estimate(cell.claims[:, None] - cell.correct)

    def claim_distance(self) -> float:
        """Return the mean distance of claim and truth, over the runs that made a claim."""
        cell = self.with_model()
        return float(np.abs(cell.claims - cell.correct.mean(axis=1)).mean())


def estimate(values: np.ndarray, seed: int = 0) -> Estimate:
    """Return the mean of values (seeds, test images), both resampled for the interval.

    The test images are the same with every seed, so that they are resampled as columns. The difference of two methods
    is estimated from the differences of their values, which pairs both the seeds and the images.
    """
    rng = np.random.default_rng(seed)
    rows, columns = values.shape
    of_rows = rng.multinomial(rows, np.full(rows, 1 / rows), SAMPLES) / rows
    of_columns = rng.multinomial(columns, np.full(columns, 1 / columns), SAMPLES) / columns
    means = ((of_rows @ values) * of_columns).sum(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return Estimate(float(values.mean()), float(low), float(high))


def cells_of(records: Iterable[dict]) -> dict[tuple[float, str], Cell]:
    """Return the cells of all records by minutes and method, sorted."""
    groups = defaultdict(list)
    for record in records:
        groups[record["minutes"], record["peer"]].append(record)
    return {key: Cell.of(groups[key]) for key in sorted(groups)}


def table(cells: dict[tuple[float, str], Cell], titles: dict[str, str]) -> str:
    """Return the table as Markdown: accuracies and claims in percent, differences in points, losses in nats."""
    header = (
        "minutes",
        "method",
        "accuracy",
        "this project is better by",
        "log loss",
        "claim",
        "claim - truth",
        "claim off by",
        "seconds",
        "runs",
        "no model",
    )
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    for (minutes, peer), cell in cells.items():
        row = (f"{minutes:g}", titles[peer], *_figures(cell, cells.get((minutes, OURS)), peer))
        lines.append("| " + " | ".join(row) + " |")
    return "\n".join(lines)


def _figures(cell: Cell, ours: Cell | None, peer: str) -> list[str]:
    pairs = peer != OURS and ours is not None and ours.correct.shape == cell.correct.shape
    claims = len(cell.claims) > cell.without_model
    return [
        estimate(cell.correct).text(),
        estimate(ours.correct - cell.correct).text(sign="+") if pairs else "",
        estimate(cell.losses).text(1.0, 2),
        f"{100 * np.nanmean(cell.claims):.1f}" if claims else "",
        cell.claim_error().text(sign="+") if claims else "",
        f"{100 * cell.claim_distance():.1f}" if claims else "",
        f"{cell.seconds.mean():.0f}",
        str(len(cell.claims)),
        str(cell.without_model),
    ]


def plot(cells: dict[tuple[float, str], Cell], titles: dict[str, str], file: Path) -> None:
    """Draw accuracy, log loss, and claim minus truth against the minutes of wall clock."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    minutes = sorted({key[0] for key in cells})
    panels = (
        ("test accuracy (%)", 100, lambda cell: estimate(cell.correct)),
        ("test log loss (nats)", 1, lambda cell: estimate(cell.losses)),
        ("claim minus truth (points)", 100, Cell.claim_error),
    )
    peers = list(dict.fromkeys(peer for _, peer in cells))
    figure, axes = plt.subplots(1, len(panels), figsize=(13, 4.2), layout="constrained")
    for axis, (title, scale, measure) in zip(axes, panels, strict=True):
        for place, peer in enumerate(sorted(peers)):
            mine = {m: cells[m, peer] for m in minutes if (m, peer) in cells}
            if measure is Cell.claim_error:
                mine = {m: cell for m, cell in mine.items() if len(cell.with_model().claims)}
            found = [measure(cell) for cell in mine.values()]
            means = scale * np.array([e.mean for e in found])
            arms = scale * np.array([(e.mean - e.low, e.high - e.mean) for e in found])
            # Methods stand a little apart, so that their intervals can be seen.
            x = np.array(list(mine)) * 1.03 ** (place - len(peers) / 2)
            style = {"linewidth": 2.5, "zorder": 3} if peer == OURS else {"linewidth": 1.2}
            axis.errorbar(
                x, means, arms.reshape(-1, 2).T.clip(0), marker="o", capsize=2,
                color=f"C{place}", label=titles[peer], **style,
            )  # fmt: skip
        axis.set_xscale("log")
        axis.set_xticks(minutes, [f"{m:g}" for m in minutes], minor=False)
        axis.minorticks_off()
        axis.set_xlabel("minutes of wall clock")
        axis.set_title(title)
    axes[2].axhline(0, color="gray", linewidth=0.8)
    figure.legend(
        *axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=len(peers)
    )
    figure.savefig(file, metadata={"Date": None})
    plt.close(figure)
