"""The lines that a search prints away from a terminal."""

from __future__ import annotations

import pytest

from transfertune.reports import Fit, Trial
from transfertune.tuner.cli.progress import SearchDisplay
from transfertune.tuner.events import TrialEnded


@pytest.mark.parametrize(
    ("epochs", "said"),
    [
        ((9,), "(9 epochs, "),
        ((7, 10), "(7 to 10 epochs per fit, "),
        ((4, 4), "(4 epochs per fit, "),
    ],
)
def test_the_line_of_a_trial_counts_the_epochs_of_one_fit(capfd, epochs, said):
    """Epochs are not summed over folds, so that they can be held against the most epochs of a trial."""
    fits = tuple(Fit(1, fold, 0, 0.5, epochs=count) for fold, count in enumerate(epochs))
    trial = Trial(1, "completed", {"backbone": "drawn_net"}, 0.5, fits)
    SearchDisplay().on_event(TrialEnded(trial, None))
    assert said in capfd.readouterr().err


def test_an_interruption_says_what_is_kept(capfd):
    """And how to use it; before the first trial there is nothing to use."""
    trial = Trial(1, "completed", {"backbone": "drawn_net"}, 0.5, (Fit(1, 0, 0, 0.5, epochs=3),))
    with pytest.raises(KeyboardInterrupt), SearchDisplay() as display:
        display.on_event(TrialEnded(trial, trial))
        raise KeyboardInterrupt
    assert "Kept: 1 trial. " in capfd.readouterr().err
    with pytest.raises(KeyboardInterrupt), SearchDisplay():
        raise KeyboardInterrupt
    assert "Kept" not in capfd.readouterr().err
