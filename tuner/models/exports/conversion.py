"""The job that writes a retrained model in other formats."""

from pathlib import Path

from ...events import OnEvent, Progress
from .formats import FORMATS
from .source import Source


def convert_model(
    source: Source, outs: tuple[tuple[str, Path], ...], quantize: str | None, report: OnEvent
) -> None:
    """Write a model as each of `outs`: the ending that decides the format, and the file or folder to write."""
    for done, (ending, out) in enumerate(outs):
        kind = FORMATS[ending]
        report(Progress(f"writing {kind.name}", done, len(outs)))
        kind.convert(source, out, quantize if quantize in kind.quantizations else None)
    report(Progress("writing", len(outs), len(outs)))
