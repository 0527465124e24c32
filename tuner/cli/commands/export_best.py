"""`tune export-best`: write the retrained model in one or several formats."""

from pathlib import Path

import click

from ..options import as_limits, limit_options, moved_data_option, study_argument, study_folder


@click.command("export-best")
@study_argument
@click.option(
    "--out",
    "outs",
    required=True,
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="NAME",
    help="A file that ends in .keras, .tflite or .onnx, or a folder for a SavedModel; may be repeated.",
)
@click.option(
    "--quantize",
    metavar="float16|int8",
    help="Make the .tflite file smaller; int8 is calibrated on training images.",
)
@moved_data_option
@limit_options
def export_best(study, outs, quantize, data, max_ms, max_mb, max_params, single):
    """Write the retrained model of STUDY: pixels 0..255 in, class probabilities out.

    A card and an example go beside it. A model in another format than .keras is run on the test images in its own
    runtime, and is written only if it gives what the retrained model gives. Limits refuse a model that does not keep
    them.

    \b
    Example:
      tune export-best --out model.keras
      tune export-best --out phone.tflite --quantize float16 --out server.onnx --out saved_model
    """
    from ....reports import load_study
    from ...operations.export import export_best as run
    from ..progress import SearchDisplay
    from ..summary import print_comparisons, print_outdated

    limits = as_limits(max_ms, max_mb, max_params, single)
    loaded = load_study(study_folder(study)).with_limits(limits)
    with SearchDisplay() as display:
        exported = run(loaded, *outs, quantize=quantize, data=data, on_event=display.on_event)
    print_comparisons(exported.comparisons)
    click.echo("Written: " + ", ".join(map(str, exported.files)))
    print_outdated(loaded)
