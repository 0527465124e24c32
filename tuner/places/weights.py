"""Finds the weights that a study was searched with, wherever they lie now, and compares their values."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ...reports import Header, StudyFacts, Trial
from ...search_spaces import BACKBONES
from ..backbones.weights import absolute_weights, weights_mistakes
from ..errors import SearchError


def find_weights(study: StudyFacts, weights: str | Path | None, trials: Iterable[Trial]) -> str:
    """Return where the weights of some trials' backbones are, checked to be there.

    Args:
        study: the study.
        weights: `imagenet`, `none` or a folder; None for where the latest call found them.
        trials: trials whose backbones are looked for.

    Raises:
        SearchError: there is no such folder, or no file of a backbone in it.
    """
    place = study.header.weights.source if weights is None else absolute_weights(weights)
    mistakes = weights_mistakes(pretrained_of(trials), place)
    if mistakes:
        advice = "" if weights else " Say where the weights are with --weights DIR."
        raise SearchError(" ".join(mistakes) + advice)
    return place


def pretrained_of(trials: Iterable[Trial]) -> list[str]:
    """Return the names of the trials' backbones, without those that are trained from scratch."""
    names = dict.fromkeys(str(trial.recipe["backbone"]) for trial in trials)
    return [name for name in names if not BACKBONES[name].from_scratch]


def sizes_of(header: Header, names: Iterable[str]) -> list[tuple[str, int]]:
    """Return the image size at which a search compared each backbone's weights."""
    domain = header.space.domains["image_size"]
    first = domain["values"][0] if domain["kind"] == "choice" else domain["low"]
    return [(name, BACKBONES[name].pixels(first)) for name in names]


def refuse_other_weights(header: Header, place: str, digests: dict[str, str]) -> None:
    """Raise `SearchError` if the weights of a backbone are not those of the search.

    Args:
        header: that of the study.
        place: where the weights are.
        digests: the digest of each backbone's weights.
    """
    known = header.weights.digests
    others = [name for name, digest in digests.items() if known.get(name, digest) != digest]
    if others:
        raise SearchError(
            f"The weights at {place} are not those that were searched with, of {', '.join(others)}; "
            "say where those are with --weights DIR."
        )
