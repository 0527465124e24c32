"""Search spaces: recipes, the tables of hyperparameters and backbones, one module per space.

`Space` declares which values a search may choose and turns chosen values into a `Recipe`; `HYPERPARAMETERS` and
`BACKBONES` are the tables that both use.
"""

from .backbone import Backbone
from .backbones import BACKBONES
from .comparison import comparison
from .domains import Choice, Domain, Float, Int, Value
from .errors import SpaceError, did_you_mean
from .hyperparameters import HYPERPARAMETERS, Hyperparameter
from .recipe import Recipe, required
from .space import Space
from .spaces.load import SPACES, load_space

__all__ = [
    "BACKBONES",
    "HYPERPARAMETERS",
    "SPACES",
    "Backbone",
    "Choice",
    "Domain",
    "Float",
    "Hyperparameter",
    "Int",
    "Recipe",
    "Space",
    "SpaceError",
    "Value",
    "comparison",
    "did_you_mean",
    "load_space",
    "required",
]
