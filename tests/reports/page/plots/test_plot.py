"""Plots as elements of the page."""

import xml.etree.ElementTree as ET

from transfertune.reports.page.plots.plot import Plot, score_mark
from transfertune.reports.page.plots.svg import SVG, Mark

HOSTILE = '</title><script>alert(1)</script> id="x" 0.123456 #010101'


def _svg(name="plot"):
    plot = Plot(name, HOSTILE)
    plot.label(HOSTILE, "$x$")
    marks = [score_mark(7, 0.5, HOSTILE), Mark(None, "no trial"), score_mark(9, None)]
    plot.points([1, 2, 3], [1, 2, 3], marks)
    plot.line([1, 2, 3], [3, 1, 2], score_mark(4, 0.25))
    return plot.svg()


def test_marks_say_what_they_stand_for():
    """Each point and line has its trial and its words, in order, whatever the words are."""
    root = ET.fromstring(_svg())  # noqa: S314
    marked = [element for element in root.iter() if element.get("class") == "mark"]
    words = [element.find(f"{{{SVG}}}title").text for element in marked]
    assert [element.get("data-trial") for element in marked] == ["7", None, "9", "4"]
    assert words == [
        f"trial 7: 0.500, {HOSTILE}",
        "no trial",
        "trial 9: \N{EN DASH}",
        "trial 4: 0.250",
    ]
    assert root.get("aria-label") == HOSTILE
    assert not list(root.iter(f"{{{SVG}}}script"))


def test_one_point_is_marked_too():
    """A single point, which matplotlib writes in another way, has its mark."""
    plot = Plot("one", "")
    plot.points([1], [1], [score_mark(3, 0.5)])
    assert 'data-trial="3"' in plot.svg()


def test_figures_keep_their_ids_apart():
    """Every id of a figure starts with its name, and so does whatever refers to one."""
    for name in ("first", "second"):
        root = ET.fromstring(_svg(name))  # noqa: S314
        ids = {element.get("id") for element in root.iter() if element.get("id")}
        assert all(one.startswith(f"{name}-") for one in ids)
        for element in root.iter():
            for key, value in element.attrib.items():
                if key.endswith("href"):
                    assert value[1:] in ids
                if "url(" in value and key in ("clip-path", "style"):
                    assert value.split("url(#")[1].split(")")[0] in ids


def test_same_plot_gives_same_text():
    """A plot is a function of what is drawn."""
    assert _svg() == _svg()
