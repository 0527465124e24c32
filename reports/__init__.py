"""What was found: trials and their log, leaderboard, report, TensorBoard.

Importing this is quick; pandas, scikit-learn, matplotlib, jinja2 and TensorBoard are imported by what needs them.
"""

from .analysis.confusion import confusion
from .analysis.held_out_predictions import (
    WORST_MISTAKES,
    image_paths,
    predictions_on_validation,
)
from .analysis.label_disputes import label_disputes
from .analysis.temperature import LEAST_PROBABILITY, fit_temperature, scaled
from .atomic_write import replacing, why_unwritable, write_beside
from .errors import StudyError
from .json_fields import from_json
from .leaderboard.frame import leaderboard_frame
from .page.living import LivingPage, load_libraries
from .page.report import write_reports
from .ranking.cost_limits import CostLimits
from .ranking.ensembles.cost import EnsembleCost, ensemble_cost
from .ranking.ensembles.pool import (
    MEAN_OF_PROBES,
    WEIGHTED_MEAN,
    Pool,
    choose_pool,
    is_probe,
)
from .ranking.final_score import final_score
from .ranking.intervals import resolution, wilson
from .ranking.log_loss import log_loss, log_losses
from .ranking.objectives import OBJECTIVES, Objective, criterion_of
from .ranking.out_of_fold import image_weights
from .ranking.side_by_side import side_by_side
from .ranking.study import Study, load_study
from .study.differences import Asked, BegunSearch
from .study.facts import StudyFacts
from .study.files.data_check import read_data_check, write_data_check
from .study.files.fit_files import FitFiles
from .study.files.histories import HISTORY_COLUMNS, read_history
from .study.files.images import ImageTable
from .study.files.label_check import DisputedLabel, LabelCheck, read_label_check
from .study.files.predictions import read_predictions, write_predictions
from .study.header import FORMAT, Header, Places, PolicyFacts, SpaceFacts
from .study.loading import begun_search
from .study.paths import REPORT, StudyPaths, TrialPaths
from .study.place import check_place
from .study.records import (
    Death,
    FurtherFits,
    Move,
    Resume,
    Retrain,
    RetrainScores,
    SeedScores,
    Start,
)
from .study.store import StudyStore, open_store
from .study.timestamps import utc_now
from .study.trial import BASELINE, ENSEMBLE, Fit, Member, Trial
from .tensorboard.log import TensorBoardLog, write_test_score
from .wording.formatting import markdown_text
from .wording.recipe_words import (
    model_name,
    recipe_names,
    recipe_words,
    trial_name,
    trial_words,
    varied_names,
)
from .wording.verdict import remarks, spread_over_seeds, usual_scores, verdict

__all__ = [
    "BASELINE",
    "ENSEMBLE",
    "FORMAT",
    "HISTORY_COLUMNS",
    "LEAST_PROBABILITY",
    "MEAN_OF_PROBES",
    "OBJECTIVES",
    "REPORT",
    "WEIGHTED_MEAN",
    "WORST_MISTAKES",
    "Asked",
    "BegunSearch",
    "CostLimits",
    "Death",
    "DisputedLabel",
    "EnsembleCost",
    "Fit",
    "FitFiles",
    "FurtherFits",
    "Header",
    "ImageTable",
    "LabelCheck",
    "LivingPage",
    "Member",
    "Move",
    "Objective",
    "Places",
    "PolicyFacts",
    "Pool",
    "Resume",
    "Retrain",
    "RetrainScores",
    "SeedScores",
    "SpaceFacts",
    "Start",
    "Study",
    "StudyError",
    "StudyFacts",
    "StudyPaths",
    "StudyStore",
    "TensorBoardLog",
    "Trial",
    "TrialPaths",
    "begun_search",
    "check_place",
    "choose_pool",
    "confusion",
    "criterion_of",
    "ensemble_cost",
    "final_score",
    "fit_temperature",
    "from_json",
    "image_paths",
    "image_weights",
    "is_probe",
    "label_disputes",
    "leaderboard_frame",
    "load_libraries",
    "load_study",
    "log_loss",
    "log_losses",
    "markdown_text",
    "model_name",
    "open_store",
    "predictions_on_validation",
    "read_data_check",
    "read_history",
    "read_label_check",
    "read_predictions",
    "recipe_names",
    "recipe_words",
    "remarks",
    "replacing",
    "resolution",
    "scaled",
    "side_by_side",
    "spread_over_seeds",
    "trial_name",
    "trial_words",
    "usual_scores",
    "utc_now",
    "varied_names",
    "verdict",
    "why_unwritable",
    "wilson",
    "write_beside",
    "write_data_check",
    "write_predictions",
    "write_reports",
    "write_test_score",
]
