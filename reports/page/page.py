"""The report page: gathers its sections and fills the template, everything escaped."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

from ..ranking.study import Study
from ..wording import formatting
from ..wording.recipe_words import short, trial_words
from ..wording.verdict import remarks, verdict
from .figures import figures
from .sections import SECTIONS

TEMPLATES = Path(__file__).parent / "templates"


def report_page(study: Study) -> bytes:
    """Return the report as one HTML file that needs no network; the same study gives the same bytes.

    A study without trials, with failures only, or with parts missing has a page too.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "score": formatting.score,
        "interval": formatting.interval,
        "duration": formatting.duration,
        "breakable": formatting.breakable,
        "count": formatting.count,
        "percent": formatting.percent,
        "plural": formatting.plural,
        "short": short,
    }
    template = environment.get_template("page.html")
    return template.render(**_context(study)).encode("utf-8", "replace")


def _context(study: Study) -> dict[str, Any]:
    from markupsafe import Markup

    header, recommended = study.header, study.recommended
    script = (TEMPLATES / "report.js").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    facts = [(section, section.facts(study)) for section in SECTIONS]
    return {
        "study": study,
        "header": header,
        "title": header.space.title or study.folder.name,
        "space": header.space.name,
        "data_name": header.data.name,
        "objective": formatting.objective_name(study.objective),
        "sentences": verdict(study),
        "remarks": remarks(study),
        "recipe": trial_words(recommended) if recommended else "",
        "figures": figures(study),
        "sections": [(section, found) for section, found in facts if found is not None],
        "script": Markup(script),  # noqa: S704
        "script_digest": digest,
    }
