"""The records of TensorBoard's HParams plugin: what may vary, what a trial tried, and how it ended."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..ranking.objectives import OBJECTIVES

if TYPE_CHECKING:
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.plugins.hparams.api_pb2 import HParamInfo

SCORE = "score"


def experiment(objective: str, hyperparameters: Mapping[str, Mapping[str, Any]]) -> Summary:
    """Declare the domains of all hyperparameters, and the score as the one metric."""
    from tensorboard.plugins.hparams import api_pb2, metadata

    known = OBJECTIVES.get(objective)
    metric = api_pb2.MetricInfo(
        name=api_pb2.MetricName(tag=SCORE),
        display_name=f"{SCORE} ({objective})",
        description=known.help if known else "",
        dataset_type=api_pb2.DATASET_VALIDATION,
    )
    declared = api_pb2.Experiment(
        hparam_infos=[_declare(name, domain) for name, domain in hyperparameters.items()],
        metric_infos=[metric],
        time_created_secs=time.time(),
    )
    return _summary(metadata.EXPERIMENT_TAG, experiment=declared)


def session_start(
    group: str, recipe: Mapping[str, Any], hyperparameters: Mapping[str, Mapping[str, Any]]
) -> Summary:
    """Say that a trial has started, with those values of its recipe that are declared or plain."""
    from tensorboard.plugins.hparams import metadata, plugin_data_pb2

    start = plugin_data_pb2.SessionStartInfo(group_name=group, start_time_secs=time.time())
    for name, value in sorted(recipe.items()):
        _set(start.hparams[name], value, hyperparameters.get(name))
        if start.hparams[name].WhichOneof("kind") is None:
            del start.hparams[name]
    return _summary(metadata.SESSION_START_INFO_TAG, session_start_info=start)


def session_end(*, completed: bool) -> Summary:
    """Say that a trial has ended, well or not."""
    from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2

    status = api_pb2.STATUS_SUCCESS if completed else api_pb2.STATUS_FAILURE
    end = plugin_data_pb2.SessionEndInfo(status=status, end_time_secs=time.time())
    return _summary(metadata.SESSION_END_INFO_TAG, session_end_info=end)


def value_type(domain: Mapping[str, Any] | None, value: Any = None) -> type:
    """Return bool, float or str: what all values of a hyperparameter are shown as, so that a column has one type.

    A choice among strings and numbers, such as "all" or a number of layers, is shown as strings.
    """
    if domain is None:
        values = [value]
    elif domain["kind"] in ("float", "int"):
        return float
    else:
        values = domain["values"]
    for kind, shown in ((bool, bool), (int | float, float)):
        if values and all(
            isinstance(one, kind) and (kind is bool) == isinstance(one, bool) for one in values
        ):
            return shown
    return str


def _declare(name: str, domain: Mapping[str, Any]) -> HParamInfo:
    from tensorboard.plugins.hparams import api_pb2

    shown = value_type(domain)
    types = {
        bool: api_pb2.DATA_TYPE_BOOL,
        float: api_pb2.DATA_TYPE_FLOAT64,
        str: api_pb2.DATA_TYPE_STRING,
    }
    info = api_pb2.HParamInfo(name=name, type=types[shown])
    if domain["kind"] == "choice":
        info.domain_discrete.extend([shown(value) for value in domain["values"]])
    else:
        info.domain_interval.min_value = domain["low"]
        info.domain_interval.max_value = domain["high"]
    return info


def _set(proto: Any, value: Any, domain: Mapping[str, Any] | None) -> None:
    shown = value_type(domain, value)
    if value is None:
        return
    if shown is str:
        proto.string_value = str(value)
    elif isinstance(value, bool | int | float):
        setattr(proto, "bool_value" if shown is bool else "number_value", shown(value))


def _summary(tag: str, **plugin_data) -> Summary:
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.plugins.hparams import metadata, plugin_data_pb2

    described = metadata.create_summary_metadata(plugin_data_pb2.HParamsPluginData(**plugin_data))
    return Summary(value=[Summary.Value(tag=tag, metadata=described, tensor=metadata.NULL_TENSOR)])
