"""The header: it comes back from JSON, and refuses what does not fit."""

from dataclasses import asdict

import pytest

from transfertune.reports import Header, StudyError, load_study
from transfertune.reports.json_values import plain


@pytest.fixture
def header(new_study) -> Header:
    """The header of a study."""
    return load_study(new_study()).header


def test_it_comes_back_from_json(header):
    """Every part is the same after writing and reading."""
    assert Header.from_json(plain(asdict(header))) == header


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"seed": "0", "strategy": None}, r"strategy is None; seed is '0'"),
        ({"data": 5}, "data must be an object, but is 5"),
        ({"objective": {"name": "x", "direction": "up"}}, "direction must be max or min"),
        ({"seed": True}, "seed is True"),
    ],
)
def test_what_does_not_fit_is_named(header, changes, named):
    """All mistakes of a header stand in one line."""
    with pytest.raises(StudyError, match=named) as error:
        Header.from_json({**asdict(header), **changes})
    assert "\n" not in str(error.value)


def test_another_format_is_refused_in_one_line(header):
    """Nothing of an older or a newer study is guessed."""
    for number, way_out in ((1, "run the search again"), (3, "install a newer transfertune")):
        with pytest.raises(StudyError, match=f"format {number}, .* format 2: {way_out}"):
            Header.from_json({"format": number})
