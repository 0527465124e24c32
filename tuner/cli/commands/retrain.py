"""`tune retrain`: the winner on train + validation, scored once on test."""

import click

from ..options import (
    as_limits,
    limit_options,
    moved_data_option,
    moved_weights_option,
    study_argument,
    study_folder,
)


@click.command()
@study_argument
@click.option(
    "--trial", type=click.IntRange(1), metavar="N", help="Retrain this trial instead of the winner."
)
@click.option("--again", is_flag=True, help="Score the test images again. The study records this.")
@click.option(
    "--seeds",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    metavar="N",
    help="Train with N seeds and score them all at one look; the model is that of the first seed.",
)
@moved_data_option
@moved_weights_option
@limit_options
def retrain(study, data, weights, trial, again, seeds, max_ms, max_mb, max_params, single):
    """Retrain the winner of STUDY on train + validation, and score it once on the test images.

    Limits restrict the choice to trials that keep them.

    \b
    Example:
      tune retrain studies/food10_small
    """
    from ....reports import load_study, write_reports
    from ...features.cache import default_cache
    from ...operations.retrain import retrain as run
    from ..progress import SearchDisplay
    from ..summary import print_result

    limits = as_limits(max_ms, max_mb, max_params, single)
    loaded = load_study(study_folder(study)).with_limits(limits)
    with SearchDisplay() as display:
        run(
            loaded,
            cache=default_cache(),
            data=data,
            weights=weights,
            trial=trial,
            again=again,
            seeds=seeds,
            on_event=display.on_event,
        )
    loaded = load_study(loaded.folder).with_limits(limits)
    write_reports(loaded)
    print_result(loaded)
