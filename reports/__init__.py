"""What was found: trials and their log, leaderboard, report, TensorBoard.

Importing this is quick; pandas, scikit-learn, matplotlib, jinja2 and TensorBoard are imported by what needs them.
"""

from .errors import StudyError
from .histories import HISTORY_COLUMNS
from .intervals import resolution, wilson
from .leaderboard import Row, leaderboard
from .limits import Limits
from .loading import load_study
from .log import StudyLog
from .objectives import OBJECTIVES, Objective, criterion_of
from .predictions import read_predictions
from .recipe_words import recipe_words
from .report import write_reports
from .study import Study
from .tensorboard import TensorBoardLog
from .trial import Fit, Trial
from .verdict import verdict
from .writing import write_beside

__all__ = [
    "HISTORY_COLUMNS",
    "OBJECTIVES",
    "Fit",
    "Limits",
    "Objective",
    "Row",
    "Study",
    "StudyError",
    "StudyLog",
    "TensorBoardLog",
    "Trial",
    "criterion_of",
    "leaderboard",
    "load_study",
    "read_predictions",
    "recipe_words",
    "resolution",
    "verdict",
    "wilson",
    "write_beside",
    "write_reports",
]
