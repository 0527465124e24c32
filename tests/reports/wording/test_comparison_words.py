"""A comparison's sentences: only what both accuracy and loss say is said, here as in the table."""

from __future__ import annotations

import numpy as np
import pytest

from transfertune.reports import StudyPaths, load_study, verdict, write_predictions
from transfertune.reports.ranking.comparison import compare_pairs

IMAGES = 120


@pytest.fixture
def compared(new_study, new_trial):
    """Return the maker of a comparison of batch sizes: for each its share of hits, and its doubt in what it says."""

    def make(*rows, **header):
        trials = []
        for number, (share, _) in enumerate(rows, 1):
            recipe = {"backbone": "drawn_net", "classifier": "head", "batch_size": 8 * number}
            trials.append(new_trial(number, recipe=recipe, score=share))
        folder = new_study(trials, comparison=True, **header)
        order = np.random.default_rng(0).permutation(IMAGES)
        labels = np.arange(IMAGES) % 3
        for trial, (share, sure) in zip(trials, rows, strict=True):
            right = order < share * IMAGES
            named = np.where(right, labels, (labels + 1) % 3)
            noise = np.random.default_rng(trial.number).uniform(0.9, 1.1, IMAGES)
            peak = np.clip(sure * noise, 0.4, 0.999)[:, None]
            chances = np.where(np.eye(3, dtype=bool)[named], peak, (1 - peak) / 2)
            arrays = {"indices": np.arange(IMAGES), "labels": labels, "probabilities": chances}
            write_predictions(StudyPaths(folder).trial(trial.number).predictions, arrays)
        return load_study(folder)

    return make


def test_a_clear_difference_is_said_with_its_interval(compared):
    """Named by the value that differs, in points, the better one first; the table says the same."""
    study = compared((0.5, 0.6), (0.9, 0.8))
    (said,) = verdict(study)
    assert said.startswith("batch 16 is better than batch 8 by 40.0 points (95 % interval ")
    assert [standing.tied for standing in study.ranking.standings] == [True, False]


def test_hits_alone_do_not_tell_apart(compared):
    """More hits with no lower loss are no difference: neither the sentence nor the table states an order."""
    study = compared((0.7, 0.5), (0.9, 0.999))
    (pair,) = compare_pairs(study)
    assert pair.interval[1] < 0
    assert not pair.sure
    assert (
        "These two recipes cannot be told apart: accuracy and loss do not both" in verdict(study)[0]
    )
    assert all(standing.tied for standing in study.ranking.standings)


def test_the_rest_is_counted(compared):
    """Of three values one stands out: two pairs are told, the third is said to be open."""
    said = verdict(compared((0.5, 0.6), (0.9, 0.8), (0.9, 0.79)))
    assert len(said) == 3
    assert (
        said[-1] == "For the other 1 of 3 pairs, accuracy and loss do not both show a difference."
    )


def test_another_objective_is_compared_in_its_own_terms(compared):
    """The difference is one of macro F1, and the loss beside it is called balanced."""
    macro_f1 = {
        "objective": {"name": "macro_f1", "direction": "max"},
        "policy": {"criterion": "balanced_log_loss"},
    }
    (said,) = verdict(compared((0.5, 0.6), (0.9, 0.8), **macro_f1))
    assert " points of macro F1 (95 % interval " in said
    said = verdict(compared((0.7, 0.5), (0.9, 0.999), name="other", **macro_f1))[0]
    assert "macro F1 and balanced loss do not both show a difference" in said


def test_the_page_says_what_the_console_says(compared):
    """The report of a comparison has its sentences, and recommends nothing in their place."""
    from transfertune.reports import write_reports

    study = compared((0.5, 0.6), (0.9, 0.8))
    write_reports(study)
    for name in ("report.html", "leaderboard.md"):
        text = (study.folder / "report" / name).read_text(encoding="utf-8")
        assert "batch 16 is better than batch 8 by 40.0 points" in text
        assert "is recommended" not in text
