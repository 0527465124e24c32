"""MixUp and CutMix of batches at the freeze boundary."""

import numpy as np
import pytest

from transfertune.datasets import mixup


@pytest.fixture
def batch():
    """Two crossing tensors of different sizes whose values name their image, and one-hot targets."""
    values = np.arange(6, dtype=np.float32)
    maps = [np.broadcast_to(values[:, None, None, None], (6, s, s, 2)).copy() for s in (8, 4)]
    return maps, np.eye(6, dtype=np.float32)


@pytest.mark.parametrize("kind", ["mixup", "cutmix"])
def test_targets_share_as_the_inputs_do(batch, kind):
    """What a tensor holds of each image is what its target says, on a smaller map but for a cell."""
    inputs, targets = batch
    batch = mixup(inputs, kind, alpha=1.0, rng=np.random.default_rng(3))
    mixed, labels = batch.arrays, batch.labels(targets)
    assert np.allclose(labels.sum(axis=1), 1)
    expected = labels @ np.arange(6, dtype=np.float32)
    assert np.allclose(mixed[0].mean(axis=(1, 2, 3)), expected, atol=1e-5)
    assert np.abs(mixed[1].mean(axis=(1, 2, 3)) - expected).max() < 5 / 4


def test_features_of_a_vector_mix_too(batch):
    """Averaged features are mixed like images."""
    rows = np.arange(12, dtype=np.float32).reshape(6, 2)
    made = mixup([rows], "mixup", alpha=0.4, rng=np.random.default_rng(0))
    mixed, labels = made.arrays, made.labels(batch[1])
    assert np.allclose(mixed[0], labels @ rows, atol=1e-5)


@pytest.mark.parametrize(
    "values", [{"mix": "mixup"}, {"mix": "cutmix"}, {"mix": "cutmix", "unfreeze": 2}]
)
def test_mixed_training_learns(new_training, split, values):
    """A few epochs of mixed batches bring the loss on other images below chance, and validation is never mixed."""
    from transfertune.tuner.training.epoch_loop import FoldFit, fit

    training = new_training(**values, learning_rate=1e-2, batch_size=8)
    result = fit(training, FoldFit(split.train, split.validation), epochs=8)
    again = training.predict(training.stages[-1], split.validation)
    assert np.array_equal(again, result.probabilities)
    assert result.state.best_loss < np.log(3)
