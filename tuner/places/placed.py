"""Tells a study where its images and weights lie now."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ...datasets import DataError
from ...reports import Study, StudyError, open_store
from ..errors import SearchError
from .images import find_images, is_on_this_machine
from .weights import find_weights


def placed(
    study: Study, data: str | Path | None, weights: str | Path | None, *, cache: Path, keep: bool
) -> Study:
    """Return a study whose images or weights were moved with their new places.

    Args:
        study: the study.
        data: where the images are now; None for where the latest call found them.
        weights: where the weights are now; None for where the latest call found them.
        cache: what an archive is unpacked to.
        keep: whether the study shall remember the places.

    Raises:
        SearchError: images or weights are not there.
        DataError: there is no such source of images.
        StudyError: another process works on the study.
        OSError: the study cannot be written.
    """
    places, table = study.header.places, study.images()
    if data is not None:
        places, table = find_images(study, data, cache=cache)
    if weights is not None:
        single = [trial for trial in study.trials if not trial.members]
        places = replace(places, weights=find_weights(study, weights, single))
    if keep:
        with open_store(study.folder) as store:
            store.move(places, table)
    return replace(study, header=study.header.at(places))


def as_it_lies(study: Study, *, cache: Path) -> tuple[Study, str | None]:
    """Return a study with its images where they were last, archives unpacked again; and what is wrong if they are gone.

    Nothing is downloaded, since a report does without the images.
    """
    if not is_on_this_machine(study.header):
        return study, None
    try:
        places, _ = find_images(study, None, cache=cache)
    except (DataError, SearchError, OSError) as error:  # such as a cache that cannot be written
        return study, str(error)
    except StudyError:  # the report does without the table of images too
        return study, None
    return replace(study, header=study.header.at(places)), None
