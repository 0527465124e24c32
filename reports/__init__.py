"""What was found: trials and their log, leaderboard, report, TensorBoard.

Importing this is quick; pandas, scikit-learn, matplotlib, jinja2 and TensorBoard are imported by what needs them.
"""

from .errors import StudyError
from .loading import load_study
from .log import StudyLog
from .objectives import OBJECTIVES, Objective
from .study import Study
from .trial import Fit, Trial
from .writing import write_beside

__all__ = [
    "OBJECTIVES",
    "Fit",
    "Objective",
    "Study",
    "StudyError",
    "StudyLog",
    "Trial",
    "load_study",
    "write_beside",
]
