"""Numbers as a person reads them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markupsafe import Markup

OBJECTIVE_NAMES = {
    "accuracy": "accuracy",
    "auc": "AUC",
    "balanced_accuracy": "balanced accuracy",
    "log_loss": "log loss",
    "macro_f1": "macro F1",
}


DASH = "\N{EN DASH}"


def objective_name(name: str) -> str:
    """Return the objective's name in running text."""
    return OBJECTIVE_NAMES.get(name, name.replace("_", " "))


def loss_name(criterion: str) -> str:
    """Return the name in running text of the loss that trials are ordered by."""
    return "balanced log loss" if criterion.startswith("balanced") else "log loss"


def listed(words: Sequence[str]) -> str:
    """Return "a", "a and b" or "a, b and c"."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def score(value: Any) -> str:
    """A score with three decimals; a dash for None and NaN."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return DASH
    return f"{value:.3f}"


def interval(bounds: tuple[float, float] | None) -> str:
    """An interval with two decimals, such as "0.79 to 0.90"; nothing for None."""
    return f"{bounds[0]:.2f} to {bounds[1]:.2f}" if bounds else ""


def duration(seconds: Any) -> str:
    """Seconds as "0.4 s", "12 s", "3 min 05 s" or "2 h 10 min"; a dash for what is no number."""
    if not isinstance(seconds, int | float) or not math.isfinite(seconds):
        return DASH
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min"


def count(value: Any) -> str:
    """A number as "4.25", "950", "12.3 k" or "2.26 M"; a dash for what is none."""
    if not isinstance(value, int | float) or not math.isfinite(value):
        return DASH
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


def plural(number: int, noun: str, nouns: str | None = None) -> str:
    """Return "1 trial" or "2 trials"."""
    return f"{number} {noun if number == 1 else nouns or noun + 's'}"


def breakable(text: Any) -> Markup:
    """A name as HTML, escaped, that a line may break in after its underscores and slashes."""
    from markupsafe import Markup, escape

    return Markup(re.sub(r"([_/])", r"\1<wbr>", str(escape(text))))  # noqa: S704


def percent(value: Any) -> str:
    """A share as "83 %", which no line breaks in; a dash for what is no number."""
    if not isinstance(value, int | float) or not math.isfinite(value):
        return DASH
    return f"{100 * value:.0f}\N{NO-BREAK SPACE}%"


def markdown_text(text: Any) -> str:
    """Return text in one line, its signs escaped that mean something to Markdown or HTML."""
    return re.sub(r"([\\`*_{}\[\]<>#|!&~$])", r"\\\1", " ".join(str(text).split()))
