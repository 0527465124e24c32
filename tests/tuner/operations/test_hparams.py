"""The HParams table of a real search, read back with TensorBoard's own reader."""

from __future__ import annotations

import pytest
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.plugins.hparams import metadata


@pytest.fixture(scope="module")
def events(finished):
    """The events of the finished study."""
    read = EventMultiplexer()
    read.AddRunsFromDirectory(str(finished.paths.tensorboard))
    read.Reload()
    return read


@pytest.fixture(scope="module")
def content(events):
    """What the plugin keeps: for each run, its tags with their content."""
    return events.PluginRunToTagToContent(metadata.PLUGIN_NAME)


def test_every_value_of_every_trial_is_declared(finished, content):
    """Baselines and ensembles included, so that no filter loses a row."""
    (told,) = [tags for tags in content.values() if metadata.EXPERIMENT_TAG in tags]
    told = metadata.parse_experiment_plugin_data(told[metadata.EXPERIMENT_TAG])
    infos = {info.name: info for info in told.hparam_infos}
    shown = {"classifier", "unfreeze", "dense", "dropout", "learning_rate", "batch_size"}
    assert shown <= set(infos)
    rows = 0
    for run, tags in content.items():
        if metadata.SESSION_START_INFO_TAG not in tags:
            continue
        start = metadata.parse_session_start_info_plugin_data(tags[metadata.SESSION_START_INFO_TAG])
        rows += run == start.group_name
        for name, info in infos.items():
            value = start.hparams.get(name)
            if value is None:
                continue
            if info.HasField("domain_discrete"):
                assert value in list(info.domain_discrete.values), (run, name)
            else:
                ends = info.domain_interval
                assert ends.min_value <= value.number_value <= ends.max_value, (run, name)
    assert rows == len(finished.trials)
    values = {value.string_value for value in infos["classifier"].domain_discrete.values}
    assert values == {str(trial.recipe["classifier"]) for trial in finished.trials}


def test_whatever_differs_between_trials_has_a_column(finished, content):
    """A hyperparameter that has two values among all trials is one that can be filtered by."""
    (told,) = [tags for tags in content.values() if metadata.EXPERIMENT_TAG in tags]
    told = metadata.parse_experiment_plugin_data(told[metadata.EXPERIMENT_TAG])
    names = {name for trial in finished.trials for name in trial.recipe}
    values = {n: {t.recipe[n] for t in finished.trials if n in t.recipe} for n in names}
    differs = {name for name, found in values.items() if len(found) > 1}
    assert differs <= {info.name for info in told.hparam_infos}


def test_the_metrics_are_those_of_the_study(finished, events):
    """Loss, seconds and milliseconds of every trial, and the test score of the one that was retrained."""
    for trial in finished.trials:
        scalars = {tag: events.Tensors(trial.folder, tag)[-1] for tag in _scalars(events, trial)}
        found = {tag: float(e.tensor_proto.float_val[0]) for tag, e in scalars.items()}
        assert found["trial/loss"] == pytest.approx(trial.loss)
        assert found["trial/seconds"] == pytest.approx(trial.seconds)
        assert found["trial/milliseconds"] == pytest.approx(trial.milliseconds)
        (record,) = finished.retrains
        score = record.test.score if record.trial == trial.number else None
        assert found.get("trial/test_score") == (score and pytest.approx(score))


def _scalars(events, trial):
    """The tags of a trial's own run that belong to the whole trial."""
    tags = events.Runs()[trial.folder]["tensors"]
    return [tag for tag in tags if tag.startswith("trial/")]
