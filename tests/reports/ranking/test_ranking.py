"""The order of the trials, and what the report says of it."""

from __future__ import annotations

from transfertune.reports import load_study, write_reports


def test_the_loss_is_the_log_loss_also_where_errors_decide(new_study, new_trial):
    """With one large split errors decide; the column of losses does not hold them, nor is it said to be the order."""
    trials = [new_trial(1, loss=0.77), new_trial(2, loss=0.66)]
    by_error = new_study(trials, name="one", policy={"criterion": "error"})
    by_loss = new_study(trials, name="many", policy={"criterion": "log_loss"})
    losses = {place.trial.number: place.loss for place in load_study(by_error).ranking.standings}
    assert losses == {1: 0.77, 2: 0.66}
    for folder, said in ((by_error, False), (by_loss, True)):
        page = write_reports(load_study(folder))["report.html"].read_text("utf-8")
        assert ("Trials are ordered by log loss." in page) == said
