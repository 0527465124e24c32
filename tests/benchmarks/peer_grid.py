"""scikit-learn's grid over C of a logistic regression, on features that are given."""

import numpy as np
from peer_features import PeerFeatures
from peer_task import PeerTask

_GRID = np.logspace(-4, 2, 13)


def search(task: PeerTask) -> None:
    """Cross-validate the grid on one backbone after another, and keep what has the best accuracy.

    This is what `GridSearchCV` does, but the best so far is fitted on all development images as soon as it is known.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import PredefinedSplit, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    features, best = PeerFeatures(task), -1.0
    targets = task.targets[task.development]
    division = PredefinedSplit(np.array(task.folds)[task.development])
    for backbone in task.backbones:
        inputs = features.of(backbone)
        for c in _GRID:
            model = make_pipeline(StandardScaler(), LogisticRegression(C=c, max_iter=1000))
            accuracy = cross_val_score(model, inputs[task.development], targets, cv=division).mean()
            if accuracy > best:
                best = accuracy
                model.fit(inputs[task.development], targets)
                task.save(model.predict_proba(inputs[task.test]), best)
