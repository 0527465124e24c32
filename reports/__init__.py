"""What was found: trials and their log, leaderboard, report, TensorBoard.

Importing this is quick; pandas, scikit-learn, matplotlib, jinja2 and TensorBoard are imported by what needs them.
"""

from .errors import StudyError
from .histories import HISTORY_COLUMNS
from .intervals import resolution, wilson
from .label_check import DisputedLabel, LabelCheck, read_label_check
from .label_disputes import label_disputes
from .leaderboard_frame import leaderboard_frame
from .limits import Limits
from .loading import load_study
from .log import StudyLog
from .objectives import OBJECTIVES, Objective, criterion_of
from .predictions import read_predictions
from .recipe_words import model_name, recipe_names, recipe_words, varied_names
from .report import write_reports
from .study import Study
from .tensorboard import TensorBoardLog
from .trial import BASELINE, Fit, Trial
from .verdict import remarks, verdict
from .writing import write_beside

__all__ = [
    "BASELINE",
    "HISTORY_COLUMNS",
    "OBJECTIVES",
    "DisputedLabel",
    "Fit",
    "LabelCheck",
    "Limits",
    "Objective",
    "Study",
    "StudyError",
    "StudyLog",
    "TensorBoardLog",
    "Trial",
    "criterion_of",
    "label_disputes",
    "leaderboard_frame",
    "load_study",
    "model_name",
    "read_label_check",
    "read_predictions",
    "recipe_names",
    "recipe_words",
    "remarks",
    "resolution",
    "varied_names",
    "verdict",
    "wilson",
    "write_beside",
    "write_reports",
]
