"""`tune data`: check images and preview augmentation."""

import json
from dataclasses import replace
from pathlib import Path

import click

from ..options import min_per_class_option, refuse_option, weights_option


@click.group()
def data():
    """Look at a data set before a search.

    \b
    Example:
      tune data check images/
    """


@data.command()
@click.argument("source", metavar="DIR|FILE|URL|NAME")
@click.option(
    "--per-class",
    type=click.IntRange(1),
    metavar="N",
    help="Take only N images of each class and split, at random.",
)
@min_per_class_option
@click.option(
    "--seed", type=click.IntRange(0), default=0, show_default=True, metavar="N", help="Random seed of the sample.",
)  # fmt: skip
@click.option(
    "--folds",
    type=click.IntRange(2, 50),
    metavar="N",
    help="Also list the classes that are too small for N folds.",
)
@click.option(
    "--backbone",
    metavar="NAME",
    help="Also list labels in doubt, found by a probe on this backbone.",
)
@weights_option
@click.option(
    "--manifest",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.csv",
    help="Write a manifest in which copies and near duplicates are in one split; use it with --data.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(source, per_class, min_per_class, seed, folds, backbone, weights, manifest, as_json):
    """Check images (a folder, archive, manifest, address or named set), and list what to fix.

    Classes and their ratios in each split, sizes, colours and kinds; images that are unreadable, wrongly named,
    blank, tiny, turned, animated, transparent, in CMYK or of 16 bits; exact copies and near duplicates (crops,
    recompressed, resized, turned or mirrored ones) within a split, across splits and across classes; with --backbone,
    labels that may be wrong.

    \b
    Example:
      tune data check images/
    """
    from ....datasets import check_dataset, load_dataset, write_regrouped
    from ...errors import SearchError
    from ...features.cache import default_cache
    from ..check_tables import print_check
    from ..console import counted
    from ..progress import SearchDisplay

    _refuse_manifest(manifest)
    probe = None
    if backbone is None:
        refuse_option(
            "weights", "--weights needs --backbone; add --backbone or leave --weights out."
        )
    else:
        from ...operations.check_labels import check_dataset_labels, label_probe

        probe = label_probe(backbone, weights)
    cache = default_cache()
    with SearchDisplay() as display:
        dataset = load_dataset(
            source,
            cache=cache,
            seed=seed,
            per_class=per_class,
            min_per_class=min_per_class,
            progress=display.on_progress,
        )
        found = check_dataset(dataset, cache=cache, folds=folds, progress=display.on_progress)
        dataset = replace(dataset, duplicates=found.duplicates, gray=found.gray_scale)
        labels, unchecked = None, None
        if probe is not None:
            try:
                labels = check_dataset_labels(
                    dataset,
                    probe,
                    weights=weights,
                    cache=cache,
                    on_event=display.on_event,
                )
            except SearchError as error:
                unchecked = error
    if as_json:
        checked = {} if labels is None else {"labels": labels.as_dict()}
        click.echo(json.dumps({**found.as_dict(), **checked}, indent=1, ensure_ascii=False))
    else:
        print_check(found, labels)
    if manifest is not None:
        moved = write_regrouped(dataset, manifest)
        click.echo(
            f"Written: {manifest}; {counted(moved, 'image')} moved to another split.", err=as_json
        )
        if dataset.images[0].path.is_relative_to(cache.absolute()):
            click.echo(
                "Note: the manifest points into the cache. Clearing the cache removes its images.",
                err=True,
            )
    if unchecked is not None:
        raise unchecked


@data.command()
@click.argument("source", metavar="DIR|FILE|URL|NAME")
@click.option(
    "--augment",
    default="medium",
    show_default=True,
    metavar="NAME[+NAME...]",
    help="A strength, a single change, or several joined by '+'; `tune spaces NAME` lists them.",
)
@click.option(
    "--mix",
    type=click.Choice(["mixup", "cutmix"]),
    help="Show mixed images in place of augmented ones.",
)
@click.option(
    "--alpha",
    type=click.FloatRange(min=0, min_open=True),
    default=0.4,
    show_default=True,
    metavar="A",
    help="Parameter of the Beta(A, A) distribution of the mixing shares; needs --mix.",
)
@click.option(
    "--images",
    type=click.IntRange(1, 100),
    default=6,
    show_default=True,
    metavar="N",
    help="Number of images, one per row.",
)
@click.option(
    "--views", type=click.IntRange(1, 100), default=7, show_default=True, metavar="N", help="Views per image.",
)  # fmt: skip
@click.option(
    "--size",
    type=click.IntRange(16, 1024),
    default=128,
    show_default=True,
    metavar="N",
    help="Pixels per side of each view.",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    metavar="N",
    help="Random seed of images and views.",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.png",
    help="Where to write the grid.",
)
def preview(source, augment, mix, alpha, out, **shape):
    """Write a grid of training images and their augmented views.

    \b
    Example:
      tune data preview images/ --augment strong --out preview.png
    """
    from ....datasets import augmentation, load_dataset, preview_mix, preview_views
    from ...features.cache import default_cache
    from ..progress import SearchDisplay

    if out.suffix.lower() not in (".png", ".jpg", ".jpeg", ".webp"):
        raise click.UsageError(f"--out must end in .png, .jpg or .webp, but got {out}.")
    if not out.absolute().parent.is_dir():
        raise click.UsageError(f"--out: there is no folder {out.absolute().parent}.")
    if mix:
        refuse_option(
            "augment", "--mix shows mixed images without augmentation; leave --augment out."
        )
    else:
        refuse_option("alpha", "--alpha needs --mix; add --mix or leave --alpha out.")
    augmentation(augment)
    with SearchDisplay() as display:
        dataset = load_dataset(source, cache=default_cache(), progress=display.on_progress)
    grid = (
        preview_mix(dataset, mix, alpha=alpha, **shape)
        if mix
        else preview_views(dataset, augment, **shape)
    )
    grid.save(out)
    click.echo(f"Written: {out} ({grid.width}x{grid.height} pixels)")


def _refuse_manifest(manifest):
    if manifest is None:
        return
    if manifest.suffix.lower() != ".csv":
        raise click.UsageError(f"--manifest writes a .csv file, but got {manifest}.")
    if not manifest.absolute().parent.is_dir():
        raise click.UsageError(f"--manifest: there is no folder {manifest.absolute().parent}.")
