"""The header: it comes back from JSON, says what differs, and refuses what does not fit."""

from dataclasses import asdict, replace

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


def test_the_same_search_has_no_differences(header):
    """How far a search goes, its command and the libraries may change."""
    later = replace(
        header,
        limits=replace(header.limits, trials=99, budget_s=None),
        command="tune search --trials 99",
        versions={"keras": "4"},
        created="later",
    )
    assert header.differences(later) == []


def test_every_difference_is_named_with_both_values(header):
    """What keeps a search from going on is listed, domains and weights among it."""
    other = replace(
        header,
        seed=3,
        space=replace(header.space, domains={"dropout": {"kind": "float", "low": 0, "high": 0.5}}),
        weights=replace(header.weights, digests={"mobilenet_v2": "ef" * 32}),
        policy=replace(header.policy, folds=5),
    )
    assert header.differences(other) == [
        "the folds (1 there, 5 here)",
        "the seed (0 there, 3 here)",
        "dropout (nothing there, 0 to 0.5 here)",
        "the weights of mobilenet_v2",
    ]


def test_digests_are_named_only_where_nothing_else_explains_them(header):
    """Other images change both digests; a person is told what was chosen, and of the content where nothing was."""
    digests = {
        "data": replace(header.data, digest="cd" * 32),
        "policy": replace(header.policy, division="1" * 16),
    }
    fewer = replace(header, **digests, split=replace(header.split, train=100), seed=3)
    assert header.differences(fewer) == [
        "the number of images (230 there, 210 here)",
        "the seed (0 there, 3 here)",
    ]
    assert header.differences(replace(header, **digests)) == ["the images or their labels"]
    other_folds = replace(header, policy=digests["policy"])
    assert header.differences(other_folds) == ["the division into folds"]
    elsewhere = replace(header, data=replace(header.data, name="copied"))
    assert header.differences(elsewhere) == []


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
