"""The records of TensorBoard's HParams plugin: what may vary, what a trial tried, and how it ended."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..ranking.objectives import OBJECTIVES
from ..study.trial import Trial
from .columns import Columns

if TYPE_CHECKING:
    from tensorboard.compat.proto.summary_pb2 import Summary

SCORE = "score"
# Tags of a whole trial, beside those of its epochs, which have a loss and seconds too.
LOSS, TEST_SCORE = "trial/loss", "trial/test_score"
SECONDS, MILLISECONDS = "trial/seconds", "trial/milliseconds"


def experiment(objective: str, columns: Columns) -> Summary:
    """Declare the columns of all hyperparameters, and the metrics of a trial."""
    from tensorboard.plugins.hparams import api_pb2, metadata

    known = OBJECTIVES.get(objective)
    score, validation = known.help if known else "", api_pb2.DATASET_VALIDATION
    rows = (
        (SCORE, f"{SCORE} ({objective})", score, validation),
        (LOSS, "loss", "the validation log loss, in nats", validation),
        (TEST_SCORE, f"test score ({objective})", "of the retrained model", None),
        (SECONDS, "seconds", "wall time of the trial", None),
        (MILLISECONDS, "milliseconds", "time per image on the machine of the search", None),
    )
    declared = api_pb2.Experiment(
        hparam_infos=columns.declare(),
        metric_infos=[
            api_pb2.MetricInfo(
                name=api_pb2.MetricName(tag=tag),
                display_name=shown,
                description=description,
                dataset_type=dataset,
            )
            for tag, shown, description, dataset in rows
        ],
        time_created_secs=time.time(),
    )
    return _summary(metadata.EXPERIMENT_TAG, experiment=declared)


def session_start(group: str, shown: Mapping[str, bool | float | str]) -> Summary:
    """Say that a trial has started, with the values of its recipe as columns show them."""
    from tensorboard.plugins.hparams import metadata, plugin_data_pb2

    start = plugin_data_pb2.SessionStartInfo(group_name=group, start_time_secs=time.time())
    for name, value in sorted(shown.items()):
        kind = {bool: "bool_value", float: "number_value", str: "string_value"}[type(value)]
        setattr(start.hparams[name], kind, value)
    return _summary(metadata.SESSION_START_INFO_TAG, session_start_info=start)


def trial_metrics(trial: Trial) -> dict[str, float]:
    """Return the metrics of a whole trial by their tags; what is not known is left out."""
    values = {LOSS: trial.loss, SECONDS: trial.seconds, MILLISECONDS: trial.milliseconds}
    return {tag: v for tag, v in values.items() if v is not None and math.isfinite(v)}


def session_end(*, completed: bool) -> Summary:
    """Say that a trial has ended, well or not."""
    from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2

    status = api_pb2.STATUS_SUCCESS if completed else api_pb2.STATUS_FAILURE
    end = plugin_data_pb2.SessionEndInfo(status=status, end_time_secs=time.time())
    return _summary(metadata.SESSION_END_INFO_TAG, session_end_info=end)


def _summary(tag: str, **plugin_data) -> Summary:
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.plugins.hparams import metadata, plugin_data_pb2

    described = metadata.create_summary_metadata(plugin_data_pb2.HParamsPluginData(**plugin_data))
    return Summary(value=[Summary.Value(tag=tag, metadata=described, tensor=metadata.NULL_TENSOR)])
