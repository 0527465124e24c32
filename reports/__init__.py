"""What was found: trials and their log, leaderboard, report, TensorBoard.

Importing this is quick; pandas, scikit-learn, matplotlib, jinja2 and TensorBoard are imported by what needs them.
"""

from .analysis.label_disputes import label_disputes
from .atomic_write import write_beside
from .errors import StudyError
from .leaderboard.frame import leaderboard_frame
from .page.report import write_reports
from .ranking.cost_limits import CostLimits
from .ranking.intervals import resolution, wilson
from .ranking.objectives import OBJECTIVES, Objective, criterion_of
from .study.histories import HISTORY_COLUMNS
from .study.label_check import DisputedLabel, LabelCheck, read_label_check
from .study.loading import load_study
from .study.log import StudyLog
from .study.predictions import read_predictions
from .study.study import Study
from .study.trial import BASELINE, Fit, Trial
from .tensorboard.log import TensorBoardLog
from .wording.recipe_words import model_name, recipe_names, recipe_words, varied_names
from .wording.verdict import remarks, verdict

__all__ = [
    "BASELINE",
    "HISTORY_COLUMNS",
    "OBJECTIVES",
    "CostLimits",
    "DisputedLabel",
    "Fit",
    "LabelCheck",
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
