"""The verdict: three sentences that promise no more than was measured."""

from dataclasses import replace

import pytest

from transfertune.reports import CostLimits, load_study, remarks, verdict


@pytest.fixture
def study(new_study, new_trial):
    """A study with a logistic baseline and searched heads, none of them better beyond noise."""
    probe = {"backbone": "resnet50", "classifier": "logistic"}
    trials = [new_trial(1, recipe=probe, role="baseline", milliseconds=1.0)]
    trials += [new_trial(number, milliseconds=float(number)) for number in range(2, 6)]
    return load_study(new_study([*trials, new_trial(6, cause="x")]))


def _with(study, **changes):
    """The study with parts of its ranking replaced."""
    changed = replace(study)
    changed.__dict__["ranking"] = replace(study.ranking, **changes)
    return changed


def test_three_sentences_and_a_remark(study):
    """The verdict has three sentences; what else is to be known stands apart."""
    assert len(verdict(study)) == 3
    assert remarks(study) == ["1 trial failed and took no part."]


def test_first_sentence_says_when_nothing_beats_the_baselines(study):
    """Where a baseline is recommended, the first thing said is that nothing beats them beyond noise."""
    said = verdict(_with(study, recommended=study.trial(1)))[0]
    assert said.startswith("Nothing beats the plain baselines beyond noise, so one is recommended")
    assert "trial 1, a logistic probe on resnet50," in said
    said = verdict(_with(study, recommended=study.trial(2)))[0]
    assert said.startswith("Recommended is trial 2, a head on frozen")


def test_expected_score_stands_beside_the_measured_one(study):
    """The score without the luck of being chosen is said first, with its interval, then the measured one."""
    expected = study.ranking.expected
    said = verdict(study)[0]
    assert f"an expected accuracy of {expected.score:.3f} on new images (95 % interval" in said
    assert said.endswith(f"measured was {expected.raw:.3f}.")
    assert "validation accuracy of" in verdict(_with(study, expected=None))[0]


def test_ties_are_told(study):
    """How many trials cannot be told apart is said, or that the best one can be, or that nothing is known."""
    standings = study.ranking.standings
    alone = tuple(replace(s, tied=s.rank == 1) for s in standings)
    first = standings[0].trial
    tied = tuple(replace(s, tied=True) for s in standings)
    best = verdict(_with(study, standings=tied, recommended=first))[1]
    assert best == "4 other trials of 4 cannot be told from it: their order is luck."
    other = verdict(_with(study, standings=tied, recommended=standings[1].trial))[1]
    assert other.startswith("5 of 5 trials cannot be told apart")
    assert (
        "better than the 4 other trials beyond noise"
        in verdict(_with(study, standings=alone, recommended=first))[1]
    )
    assert "predictions of single images are missing" in verdict(_with(study, expected=None))[1]


def test_limits_are_remarked(study):
    """A model that was chosen under limits says so."""
    said = remarks(study.within(CostLimits(milliseconds=2)))
    assert "The model was chosen under limits: at most 2 ms an image." in said
