"""Turns a matplotlib figure into SVG that stands inside a page and takes the page's colours, dark or light."""

from __future__ import annotations

import io
import re
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Figures are drawn in colours that only stand for the page's CSS variables.
COLOURS = {
    "ink": "#010101",
    "muted": "#020202",
    "line": "#030303",
    "accent": "#040404",
    "bad": "#050505",
    "s1": "#060601",
    "s2": "#060602",
    "s3": "#060603",
    "s4": "#060604",
    "s5": "#060605",
}
SETTINGS = {
    "svg.fonttype": "none",
    "font.size": 12,
    "text.color": COLOURS["ink"],
    "axes.edgecolor": COLOURS["line"],
    "axes.facecolor": "none",
    "axes.labelcolor": COLOURS["muted"],
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "figure.facecolor": "none",
    "grid.color": COLOURS["line"],
    "grid.linewidth": 0.7,
    "legend.frameon": False,
    "legend.fontsize": 11,
    "lines.linewidth": 1.8,
    "xtick.color": COLOURS["line"],
    "xtick.labelcolor": COLOURS["muted"],
    "ytick.color": COLOURS["line"],
    "ytick.labelcolor": COLOURS["muted"],
    "ytick.major.size": 0,
}


def inline_svg(figure: Figure, name: str, description: str) -> str:
    """Give back `figure` as an <svg> element without a fixed size; `name` keeps its ids apart from other figures'.

    The same figure gives the same text. `description` is what a screen reader says, and is escaped.
    """
    import matplotlib

    drawn = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    with matplotlib.rc_context({**SETTINGS, "svg.hashsalt": name}):
        figure.savefig(drawn, format="svg", metadata=nothing, bbox_inches="tight", pad_inches=0.04)
    text = drawn.getvalue()
    text = text[text.index("<svg") :].strip()
    text = re.sub(r' (?:width|height)="[\d.]+pt"', "", text, count=2)
    text = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", text)
    for variable, colour in COLOURS.items():
        text = text.replace(colour, f"var(--{variable})")
    label = f'<svg role="img" aria-label="{escape(description, quote=True)}"'
    return text.replace("<svg", label, 1)
