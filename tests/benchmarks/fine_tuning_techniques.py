"""What `fine_tuning.py` compares with the plain recipe."""

from dataclasses import dataclass

EPOCHS = 12


@dataclass(frozen=True)
class Technique:
    """What is changed in the plain recipe.

    Attributes:
        rate: The highest learning rate.
        anneal: Whether the rate rises over a tenth of the steps and falls to 0 with a cosine, without an early end.
        average: The momentum of the moving average of the weights, which is what is scored; 0 for none.
        smoothing: The share of the targets that is spread over all classes (Szegedy et al., 2016).
        pull: The strength of the pull towards the starting weights (Li et al., 2018), decoupled from the gradients.
        decay: What the rate is multiplied with from one layer with weights to the one below (Howard and Ruder, 2018).
        blocks: Whether lower layers join only after a third and two thirds of the epochs.
        augment: The augmentation of training images.
        views: The number of stored augmented views; as many as epochs are the same as live augmentation.
    """

    rate: float = 1e-4
    anneal: bool = False
    average: float = 0.0
    smoothing: float = 0.0
    pull: float = 0.0
    decay: float = 1.0
    blocks: bool = False
    augment: str = "none"
    views: int = 4


PLAIN = Technique()
TECHNIQUES = {
    "rate 3e-5": Technique(rate=3e-5),
    "rate 3e-4": Technique(rate=3e-4),
    "warm-up and cosine": Technique(anneal=True),
    "warm-up and cosine, rate 3e-4": Technique(anneal=True, rate=3e-4),
    "averaged weights": Technique(average=0.99),
    "averaged weights, rate 3e-4": Technique(average=0.99, rate=3e-4),
    "label smoothing 0.1": Technique(smoothing=0.1),
    "pull to the start": Technique(pull=30.0),
    "lower rates below": Technique(decay=0.8),
    "blocks one after another": Technique(blocks=True),
    "light augmentation, 4 views": Technique(augment="light"),
    "light augmentation, live": Technique(augment="light", views=EPOCHS),
}
