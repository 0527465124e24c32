"""What keeps a search from going on with a study is named by its option and both values."""

from dataclasses import replace
from pathlib import Path

import pytest

from transfertune.reports import Asked, BegunSearch, Header, StudyError, load_study
from transfertune.reports.study.differences import differences, option_differences


@pytest.fixture
def header(new_study) -> Header:
    """The header of a study of five hold-outs."""
    return load_study(new_study()).header


def changed(header: Header, part: str, **values) -> Header:
    """Return a header of which a part has other values."""
    return replace(header, **{part: replace(getattr(header, part), **values)})


def test_the_same_search_has_no_differences(header):
    """How far a search goes, its command, the libraries and all places may change."""
    later = replace(
        header,
        limits=replace(header.limits, trials=99, budget_s=None),
        command="tune search --trials 99",
        versions={"keras": "4"},
        created="later",
    )
    later = changed(later, "data", name="copied", root="/elsewhere")
    assert differences(header, changed(later, "weights", source="/elsewhere")) == []


def test_every_difference_is_named_by_its_option_with_both_values(header):
    """Options first, then values of hyperparameters, then content."""
    other = replace(header, seed=3)
    other = changed(other, "space", domains={"dropout": {"kind": "float", "low": 0, "high": 0.5}})
    other = changed(other, "weights", digests={"mobilenet_v2": "ef" * 32})
    other = changed(other, "policy", kind="cross-validation", folds=5, repeats=2, fits=10)
    assert differences(header, other) == [
        "--folds (1 there, 5 here)",
        "--repeats (5 there, 2 here)",
        "--seed (0 there, 3 here)",
        "dropout (nothing there, 0 to 0.5 here)",
        "--weights (other weights of mobilenet_v2)",
    ]


def test_another_space_is_the_only_difference(header):
    """Whatever else differs follows from it."""
    other = changed(replace(header, seed=3), "space", name="plates")
    assert differences(header, other) == ["--space (quickstart there, plates here)"]


@pytest.mark.parametrize(
    ("domain", "words"),
    [
        ({"kind": "choice", "values": [8, "all"]}, "8/all"),
        ({"kind": "float", "low": 1e-4, "high": 1e-2, "log": True}, "0.0001 to 0.01, logarithmic"),
        ({"kind": "int", "low": 1, "high": 9, "log": False}, "1 to 9 in whole numbers"),
    ],
)
def test_domains_are_told_apart(header, domain, words):
    """Two ranges with the same ends differ in their kind, and that is said."""
    other = changed(header, "space", domains={"dropout": domain})
    assert differences(header, other) == [f"dropout (nothing there, {words} here)"]


def test_a_hyperparameter_that_the_space_no_longer_has_is_a_difference(header):
    """As one that is new."""
    mine = changed(header, "space", domains={"dropout": {"kind": "choice", "values": [0]}})
    assert differences(mine, header) == ["dropout (0 there, nothing here)"]


def test_a_search_and_a_comparison_differ_in_their_commands(header):
    """Both are what a user typed."""
    mine = replace(header, comparison=True)
    assert differences(mine, header) == ["the command (tune compare there, tune search here)"]


def test_images_are_named_by_what_a_person_knows_of_them(header):
    """Their number, then how many were taken, and their content only where neither explains it."""
    other = changed(header, "data", digest="cd" * 32)
    assert differences(header, other) == ["--data (other images or labels)"]
    fewer = changed(other, "split", train=100)
    assert differences(header, fewer) == [
        "--data (230 images of 3 classes there, 210 images of 3 classes here)"
    ]
    sample = changed(fewer, "data", per_class=70)
    assert differences(header, sample) == ["--per-class (all there, 70 here)"]
    left_out = changed(fewer, "data", min_per_class=5)
    assert differences(header, left_out) == ["--min-per-class (any there, 5 here)"]


def test_a_digest_is_compared_where_nothing_else_explains_it(header):
    """Other folds of the same images, with the same options, are a difference too."""
    other = changed(header, "policy", division="1" * 16)
    assert differences(header, other) == ["the division into folds"]
    assert differences(header, replace(other, seed=3)) == ["--seed (0 there, 3 here)"]
    images = changed(other, "data", digest="cd" * 32)
    assert differences(header, images) == ["--data (other images or labels)"]


def test_before_the_images_are_read_only_what_was_asked_for_is_compared(header):
    """What suits the images, and what they decide, may still turn out to be the same."""
    asked = replace(Asked.of(header), folds=None, repeats=None)
    assert option_differences(header, asked) == []
    assert option_differences(header, replace(asked, repeats=3)) == ["--repeats (5 there, 3 here)"]
    mirror = {"predict_views": {"kind": "choice", "values": ["mirror"]}}
    space = replace(asked.space, domains=mirror)
    left = replace(asked, space=space, left_open=frozenset(mirror))
    assert option_differences(header, left) == []
    assert option_differences(header, replace(asked, space=space)) != []


def test_repeats_that_the_images_ignore_are_no_difference(header):
    """Images with a split of their own have one split, however many repeats were asked for."""
    single = changed(header, "policy", kind="one split", folds=1, repeats=1, fits=1)
    asked = replace(Asked.of(single), folds=None, repeats=3)
    assert option_differences(single, asked) == []
    assert differences(single, header) == ["--repeats (1 there, 5 here)"]


def test_a_refusal_is_one_line_that_says_what_to_do(header):
    """The folder, the first differences, how many more there are, and both ways on."""
    other = replace(Asked.of(header), seed=1, epochs=2, strategy="grid", folds=3, repeats=9)
    other = replace(other, objective="auc", comparison=True)
    with pytest.raises(StudyError) as caught:
        BegunSearch(Path("s"), header).refuse_options(other)
    message = str(caught.value)
    assert message.startswith("s holds another search, which differs in --objective (accuracy")
    assert "; and 2 more. Give the same options to go on with it, or another folder" in message
    assert "\n" not in message
