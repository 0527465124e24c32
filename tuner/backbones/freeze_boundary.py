"""The freeze boundary: a backbone cut into a frozen prefix and a trainable suffix.

With the last n layers unfrozen, the prefix holds every operation before the first of them, and the boundary
is the set of tensors that cross (several where shortcuts do). Layers are counted as Keras lists them in
`model.layers`, without its input; operations without weights that Keras leaves out of that list go with the layers
around them.
"""

from dataclasses import dataclass

import keras

from .layer_costs import number_of_layers


class InferenceMode(keras.layers.Layer):
    """Calls a model in inference mode whatever the caller asks.

    Frozen batch statistics and dropout inside a backbone stay off while its weights are trained. A Functional
    model cannot express this: the `training=False` of a call inside it is replaced by the outer
    `training=True`.
    """

    def __init__(self, model: keras.Model, **options):
        super().__init__(**options)
        self.model = model

    def call(self, inputs):
        """Run the model on its inputs with `training=False`."""
        return self.model(inputs, training=False)

    def compute_output_spec(self, inputs):
        """Return the model's output specification."""
        return self.model.compute_output_spec(inputs, training=False)


@dataclass(frozen=True)
class Cut:
    """A network cut at its freeze boundary; prefix and suffix share its layers.

    `prefix` maps the network's input to the list of crossing tensors, and is None where everything is
    unfrozen; `suffix` maps that list to the network's output, and is None where nothing is.
    `suffix(prefix(x))` equals `network(x)`.
    """

    prefix: keras.Model | None
    suffix: keras.Model | None


def cut(network: keras.Model, unfreeze: int | str) -> Cut:
    """Cut a network before its last `unfreeze` layers; `"all"`, or more layers than there are, leaves no prefix."""
    if unfreeze == 0:
        return Cut(keras.Model(network.input, [network.output], name="prefix"), None)
    suffix = _suffix_operations(network, unfreeze)
    boundary = _crossing(network, suffix)
    if boundary == [network.input]:
        return Cut(None, keras.Model([network.input], network.output, name="suffix"))
    return Cut(
        keras.Model(network.input, boundary, name="prefix"),
        keras.Model(boundary, network.output, name="suffix"),
    )


def count_layers(network: keras.Model, unfreeze: int | str, block: str) -> int | str:
    """Return how many last layers of a network `unfreeze` means, or `"all"`; see `number_of_layers`."""
    return number_of_layers([layer.name for layer in listed_layers(network)], unfreeze, block)


def listed_layers(network: keras.Model) -> list[keras.layers.Layer]:
    """Return the layers that `unfreeze` counts, from the input to the output."""
    return _layers(_operations(network))


def trainable_copy(suffix: keras.Model) -> keras.Model:
    """Return the suffix with layers of its own and the same weights, all of them trainable.

    Copies keep the network's graph from growing with every trial.
    """
    copy = keras.models.clone_model(suffix)
    copy.set_weights(suffix.get_weights())
    for layer in copy.layers:
        layer.trainable = True
    return copy


def unfreeze(network: keras.Model, suffix: keras.Model) -> None:
    """Make the network's layers in the suffix trainable, and those before it not."""
    trained = {id(layer) for layer in suffix.layers}
    network.trainable = True
    for layer in network.layers:
        layer.trainable = id(layer) in trained


def _suffix_operations(network: keras.Model, unfreeze: int | str) -> set[int]:
    operations = _operations(network)
    layers = _layers(operations)
    count = len(layers) if unfreeze == "all" else int(unfreeze)
    if count >= len(layers):
        return {id(operation) for operation in operations}
    first = operations.index(layers[-count])
    return {id(operation) for operation in operations[first:]}


def _operations(network: keras.Model) -> list[keras.Operation]:
    return [op for op in network._operations if not isinstance(op, keras.layers.InputLayer)]


def _layers(operations: list[keras.Operation]) -> list[keras.layers.Layer]:
    return [op for op in operations if isinstance(op, keras.layers.Layer)]


def _crossing(network: keras.Model, suffix: set[int]) -> list[keras.KerasTensor]:
    """Return the tensors made outside the suffix that it takes in, in the order they are made."""
    crossing = {}
    for nodes in network._nodes_by_depth.values():
        for node in nodes:
            if id(node.operation) in suffix:
                for tensor in node.input_tensors:
                    if id(tensor._keras_history.operation) not in suffix:
                        crossing[id(tensor)] = tensor
    order = {id(operation): i for i, operation in enumerate(network._operations)}
    return sorted(crossing.values(), key=lambda t: order[id(t._keras_history.operation)])
