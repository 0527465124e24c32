"""The features that the peers share with this project: one pass of a frozen backbone over all images."""

import numpy as np
from peer_task import PeerTask


class PeerFeatures:
    """Averaged features of all images, float32 (N, F) for each backbone, computed when first asked for."""

    def __init__(self, task: PeerTask):
        self._task = task
        self._computed: dict[str, np.ndarray] = {}

    def of(self, backbone: str) -> np.ndarray:
        """Return the features of a backbone."""
        if backbone not in self._computed:
            self._computed[backbone] = self._compute(backbone)
        return self._computed[backbone]

    def _compute(self, backbone: str) -> np.ndarray:
        from transfertune.datasets import decode_all, stack_batches
        from transfertune.search_spaces import BACKBONES
        from transfertune.tuner.backbones.backbone import build_base
        from transfertune.tuner.backbones.inference import predict_batch
        from transfertune.tuner.features.features import prefix_model
        from transfertune.tuner.features.inputs import pass_batch

        size = BACKBONES[backbone].image_size
        model = prefix_model(build_base(backbone, size, self._task.weights), 0, pooled=True)
        most = pass_batch(size)
        batches = stack_batches(decode_all(self._task.paths, size), most)
        return np.concatenate([predict_batch(model, [batch], most)[0] for batch in batches])
