"""One plot, drawn by matplotlib without a display and handed over as SVG in the page's colours, dark or light."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...wording.formatting import score
from .score_limits import clip
from .svg import COLOURS, SETTINGS, Mark, page_svg

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

HALF = (5.2, 3.5)  # inches of 72 units: as wide as half a desktop page or a whole phone
WHOLE = (10.6, 3.9)
SMALL = (3.5, 2.5)
_MARGIN = 0.04  # inches around what is drawn


class Plot:
    """A figure called `name` in the page, with what a screen reader says of it in `description`.

    Points and lines that stand for trials are marked, so that the page can name and light them.
    """

    def __init__(self, name: str, description: str, *, size: tuple[float, float] = HALF):
        import matplotlib
        from matplotlib.figure import Figure

        self.name, self.description = name, description
        self._marks: dict[str, list[Mark]] = {}
        with matplotlib.rc_context(SETTINGS):
            self.figure = Figure(figsize=size)
            self.axes: Axes = self.figure.add_subplot()

    def label(self, x: str, y: str, *, whole_x: bool = False) -> None:
        """Name the axes, and let their numbers be few and round."""
        from matplotlib.ticker import MaxNLocator

        self.axes.set_xlabel(x, parse_math=False)
        self.axes.set_ylabel(y, parse_math=False)
        self.axes.xaxis.set_major_locator(
            MaxNLocator(integer=whole_x, nbins=6, steps=[1, 2, 5, 10])
        )
        self.axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))

    def limit_scores(self, bounds: tuple[float, float], *others: float) -> None:
        """Let the score axis reach a little beyond `bounds` and `others`."""
        low, high = min(bounds + others), max(bounds + others)
        margin = 0.06 * (high - low) or 0.05
        self.axes.set_ylim(low - margin, high + margin)

    def points(
        self, x: Sequence[float], y: Sequence[float], marks: Sequence[Mark], **style
    ) -> None:
        """Draw points at x (N,), y (N,), each with its mark."""
        if len(x):
            style = {"s": 30, "color": COLOURS["accent"], "lw": 0, "alpha": 0.85, **style}
            self.mark(self.axes.scatter(x, y, **style), marks)

    def scores(
        self,
        x: Sequence[float],
        y: Sequence[float],
        marks: Sequence[Mark],
        bounds: tuple[float, float],
        **style,
    ) -> None:
        """Draw points whose scores y (N,) may lie beyond `bounds`: those stand at its end, as arrows."""
        beyond = [not bounds[0] <= score <= bounds[1] for score in y]
        for arrow in (False, True):
            rows = [row for row, far in enumerate(beyond) if far == arrow]
            low = any(y[row] < bounds[0] for row in rows)
            marker = {"marker": "v" if low else "^"} if arrow else {}
            self.points(
                [x[row] for row in rows],
                [clip(y[row], bounds) for row in rows],
                [marks[row] for row in rows],
                **{**style, **marker},
            )

    def line(self, x: Sequence[float], y: Sequence[float], mark: Mark, **style) -> None:
        """Draw a line through x (N,), y (N,) that stands for one trial."""
        (artist,) = self.axes.plot(x, y, **style)
        self.mark(artist, [mark])

    def mark(self, artist: Artist, marks: Sequence[Mark]) -> None:
        """Say what the points of `artist` stand for, in their order, or the one line that it is."""
        gid = f"mark{len(self._marks)}"
        artist.set_gid(gid)
        self._marks[gid] = list(marks)

    def legend(self, *, columns: int = 3) -> None:
        """Put the names of what is drawn above it."""
        import matplotlib

        with matplotlib.rc_context(SETTINGS):
            self.axes.legend(
                loc="lower left",
                bbox_to_anchor=(-0.02, 1.0),
                ncols=columns,
                columnspacing=1.0,
                handlelength=1.2,
                handletextpad=0.5,
            )

    def svg(self) -> Markup:
        """Return an <svg> element without a fixed size; the same plot gives the same text."""
        import matplotlib

        drawn = io.StringIO()
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        with matplotlib.rc_context({**SETTINGS, "svg.hashsalt": self.name}):
            # The same as bbox_inches="tight", which would lay out and draw everything once more.
            around = self.figure.get_tightbbox().padded(_MARGIN)
            self.figure.savefig(drawn, format="svg", metadata=nothing, bbox_inches=around)
        return page_svg(drawn.getvalue(), self.name, self.description, self._marks)


def score_mark(number: int, value: float | None, *facts: str) -> Mark:
    """Return the mark of a trial: its number, and what the page says of it."""
    return Mark(number, ", ".join((f"trial {number}: {score(value)}", *facts)))
