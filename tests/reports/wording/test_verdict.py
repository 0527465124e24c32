"""The verdict: a few sentences that promise no more than was measured."""

from dataclasses import replace

import pytest

from transfertune.reports import (
    CostLimits,
    Member,
    SeedScores,
    Start,
    Trial,
    final_score,
    load_study,
    remarks,
    spread_over_seeds,
    verdict,
)
from transfertune.reports.ranking.selection_bias import Expected


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
    assert remarks(study) == ["1 trial failed and is not ranked."]


def test_first_sentence_says_when_nothing_beats_the_baselines(study):
    """Where a baseline is recommended, the first thing said is that nothing searched is expected to beat it."""
    said = verdict(_with(study, recommended=study.trial(1)))[0]
    assert said.startswith(
        "Trial 1, a logistic probe on resnet50, is recommended: "
        "no searched trial is expected to be better. "
    )
    said = verdict(_with(study, recommended=study.trial(2)))[0]
    assert said.startswith("Trial 2, a head on frozen efficientnet_b0, is recommended. ")


def test_expected_score_stands_beside_the_measured_one(study):
    """The score without the luck of being chosen is said first, with its interval, then the measured one."""
    expected = study.ranking.expected
    said = verdict(study)[0]
    winner = next(s for s in study.ranking.standings if s.trial == study.recommended)
    assert f"Its expected accuracy on new images is {expected.score:.3f} (95 % interval" in said
    assert said.endswith(f"its validation accuracy is {winner.score:.3f}.")
    assert "Its validation accuracy is" in verdict(_with(study, estimate=None))[0]


def test_ties_are_stated(study):
    """How many trials cannot be told apart is said, or that the best one can be, or that nothing is known."""
    standings = study.ranking.standings
    alone = tuple(replace(s, tied=s.rank == 1) for s in standings)
    first = standings[0].trial
    tied = tuple(replace(s, tied=True) for s in standings)
    best = verdict(_with(study, standings=tied, recommended=first))[1]
    assert best == "5 of 5 trials cannot be told apart; the recommended one is ranked first."
    other = verdict(_with(study, standings=tied, recommended=standings[1].trial))[1]
    assert other == (
        "5 of 5 trials cannot be told apart; the recommended one has fewer parameters than trial "
        f"{first.number}, which is ranked first, and the same expected log loss within 0.005."
    )
    largest = max(tied, key=lambda s: s.trial.parameters["total"])
    limited = replace(study, limits=CostLimits(parameters=largest.trial.parameters["total"] - 1))
    other = next(s for s in tied if s.rank > 1 and s is not largest)
    turned = (largest, *(s for s in tied if s is not largest))
    within = verdict(_with(limited, standings=turned, recommended=other.trial))[1]
    assert within.endswith("the recommended one is the best within the limits.")
    clear = (replace(largest, tied=True), *(replace(s, tied=False) for s in turned[1:]))
    said = verdict(_with(limited, standings=clear, recommended=other.trial))[1]
    assert said.startswith("The first trial stands alone; the recommended one is the best within")
    assert (
        "better than the 4 other trials beyond noise"
        in verdict(_with(study, standings=alone, recommended=first))[1]
    )
    assert "predictions of single images are missing" in verdict(_with(study, estimate=None))[1]


def test_unreadable_predictions_are_named_with_what_to_do(study):
    """A damaged file is no tie: the verdict names the trials and a file, and the table calls nothing tied."""
    study.paths.trial(3).predictions.write_bytes(b"PK")
    damaged = load_study(study.folder)
    assert verdict(damaged)[1] == (
        "The 5 completed trials cannot be compared: the predictions of trial 3 cannot be read. "
        "Restore trials/0003/predictions.npz from a copy of the study."
    )
    assert "is recommended by its validation log loss alone. Its validation" in verdict(damaged)[0]
    assert damaged.ranking.tied == damaged.ranked[:1]
    study.paths.trial(5).predictions.unlink()
    said = verdict(load_study(study.folder))[1]
    assert "the predictions of trials 3, 5 cannot be read. Restore these files, such as" in said


def test_baselines_alone_are_not_held_against_searched_trials(new_study, new_trial):
    """Before a searched trial is completed, the verdict speaks of the baselines alone."""
    probe = {"backbone": "resnet50", "classifier": "logistic"}
    trials = [new_trial(number, recipe=probe, role="baseline") for number in (1, 2)]
    study = load_study(new_study([*trials, new_trial(3, cause="x")]))
    assert "is recommended among the plain baselines, because no searched" in verdict(study)[0]


def test_unfinished_trials_come_with_what_to_do(study):
    """The remark names the command that finishes them."""
    begun = replace(study, begun=(Start(7, "search", {}),))
    assert remarks(begun)[-1] == (
        "1 trial is unfinished. The command that began the study finishes it."
    )


def test_limits_are_remarked(study):
    """A model that was chosen under limits says so."""
    said = remarks(study.with_limits(CostLimits(milliseconds=2)))
    assert "The model was chosen under limits: at most 2 ms an image." in said


def test_beside_an_ensemble_the_best_single_model_is_named(study):
    """What it costs is said too, since it is what --single gives; without an ensemble there is nothing to say."""
    members = (Member(1, 0.5), Member(2, 0.5))
    chosen = Trial(9, "completed", {}, 0.9, milliseconds=40.0, members=members)
    single = replace(study.trial(2), milliseconds=8.0)
    said = " ".join(remarks(_with(study, recommended=chosen, single=single)))
    assert "The best single model is trial 2" in said
    assert "8 ms per image instead of 40 ms. --single recommends it." in said
    assert "--single" not in " ".join(remarks(study))


@pytest.mark.parametrize(
    ("score", "says"),
    [
        (0.80, " This agrees with what was expected."),
        (0.84, " This agrees with what was expected."),
        (
            0.60,
            " This is lower than expected by 4.2 standard errors, which luck alone seldom explains",
        ),
        (0.96, " This is higher than expected by 3.3 standard errors"),
    ],
)
def test_a_surprising_test_score_is_called_one(new_study, new_trial, score, says):
    """Given the interval that was claimed and the number of test images."""
    study = load_study(new_study([new_trial(1)], retrain=True))
    retrain = study.retrains[0]
    test = replace(retrain.test, accuracy=score, score=score, images=100)
    study = replace(study, retrains=(replace(retrain, test=test),))
    said = verdict(_with(study, estimate=lambda: Expected(0.8, (0.748, 0.852), 0.82)))[-1]
    assert says in said
    assert "expected" not in verdict(_with(study, estimate=None))[-1]


@pytest.mark.parametrize(
    ("others", "says"),
    [
        (
            (0.7, 0.9),
            " 3 seeds give a test accuracy of 0.700 to 0.900, with mean 0.800 and standard deviation 0.100; "
            "the model is that of the first one, whatever it scores.",
        ),
        ((0.8, 0.8), " All 3 seeds give this test accuracy."),
        ((), ""),
    ],
)
def test_the_spread_over_seeds_is_said(new_study, new_trial, others, says):
    """From the lowest to the highest; nothing is said of one seed."""
    study = load_study(new_study([new_trial(1)], retrain=True))
    (retrain,) = study.retrains
    test = replace(retrain.test, score=0.8)
    seeds = tuple(SeedScores(seed, replace(test, score=x)) for seed, x in enumerate(others, 1))
    study = replace(study, retrains=(replace(retrain, test=test, others=seeds),))
    assert spread_over_seeds(study, final_score(study)) == says
    assert says in verdict(study)[-1]
