"""Turns the SVG that matplotlib writes into an element of the page, in its colours and font, its marks named."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET  # it reads only what matplotlib has just written
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.typing import RcKeyType

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
HREF = f"{{{XLINK}}}href"
# Figures are drawn in colours that only stand for the page's CSS variables.
COLOURS = {
    "ink": "#010101",
    "muted": "#020202",
    "line": "#030303",
    "accent": "#040404",
    "bad": "#050505",
    "card": "#070707",
    "s1": "#060601",
    "s2": "#060602",
    "s3": "#060603",
    "s4": "#060604",
    "s5": "#060605",
}
SERIES = ("s1", "s2", "s3", "s4", "s5")
SETTINGS: dict[RcKeyType, Any] = {
    "svg.fonttype": "none",
    "font.size": 10,
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
    "legend.fontsize": 9.5,
    "lines.linewidth": 1.8,
    "xtick.color": COLOURS["line"],
    "xtick.labelcolor": COLOURS["muted"],
    "ytick.color": COLOURS["line"],
    "ytick.labelcolor": COLOURS["muted"],
    "ytick.major.size": 0,
}


class Mark(NamedTuple):
    """What a point or a line stands for: a trial's number, or None, and a few words."""

    trial: int | None
    words: str


def page_svg(text: str, name: str, description: str, marks: Mapping[str, Sequence[Mark]]) -> Markup:
    """Return the SVG file `text` as an <svg> element without a fixed size.

    `name` keeps its ids apart from other figures'. `description` is what a screen reader says. `marks` names the points
    or the line in the groups with those ids, in their order. Everything is escaped.
    """
    from markupsafe import Markup

    ET.register_namespace("", SVG)
    ET.register_namespace("xlink", XLINK)
    root = ET.fromstring(text)  # noqa: S314
    for unwanted in ("width", "height", "version"):
        root.attrib.pop(unwanted, None)
    for metadata in root.findall(f"{{{SVG}}}metadata"):
        root.remove(metadata)
    root.set("role", "img")
    root.set("aria-label", description)
    for group in root.iter(f"{{{SVG}}}g"):
        if (known := marks.get(group.get("id", ""))) is not None:
            _name(group, known)
    for element in root.iter():
        _fit_in(element, name)
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704


def _name(group: ET.Element, marks: Sequence[Mark]) -> None:
    shapes = [shape for shape in _shapes(group) if shape.tag in (f"{{{SVG}}}use", f"{{{SVG}}}path")]
    for shape, mark in zip(shapes, marks, strict=False):
        shape.set("class", "mark")
        if mark.trial is not None:
            shape.set("data-trial", str(mark.trial))
        ET.SubElement(shape, f"{{{SVG}}}title").text = mark.words


def _shapes(group: ET.Element) -> list[ET.Element]:
    """The elements in `group` that are drawn, those in <defs> left out."""
    found = []
    for child in group:
        if child.tag != f"{{{SVG}}}defs":
            found += [child, *_shapes(child)]
    return found


def _fit_in(element: ET.Element, name: str) -> None:
    """Let ids be the figure's own, colours and font the page's, and lengths no finer than the eye."""
    for key, value in element.attrib.items():
        if key == "id":
            value = f"{name}-{value}"
        elif key == HREF:
            value = re.sub("^#", f"#{name}-", value)
        elif key in ("clip-path", "style"):
            value = value.replace("url(#", f"url(#{name}-")
            value = re.sub(r"font-family: [^;]*;? ?", "", value)
            for variable, colour in COLOURS.items():
                value = value.replace(colour, f"var(--{variable})")
        elif key in ("d", "x", "y", "transform"):
            value = re.sub(r"(\d\.\d{2})\d+", r"\1", value.replace("\n", ""))
        element.set(key, value)
    if not (element.text or "").strip():
        element.text = None
    if not (element.tail or "").strip():
        element.tail = None
