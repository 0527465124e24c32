"""One TensorBoard event file, written record by record straight to the disk.

TensorBoard's own EventFileWriter opens its file through TensorFlow where that is installed, and keeps events in a queue
that a kill loses; the record format underneath needs neither.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tensorboard.compat.proto.summary_pb2 import Summary

VERSION = "brain.Event:2"


class EventFile:
    """A new event file in `folder`, which is made if need be; what it is given is on the disk at once.

    Raises OSError when the folder cannot be written or the disk is full.
    """

    def __init__(self, folder: Path):
        from tensorboard.summary.writer.record_writer import RecordWriter

        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"events.out.tfevents.{time.time_ns()}.transfertune"
        self._file = path.open("xb", buffering=0)
        self._records = RecordWriter(self._file)
        self._write(file_version=VERSION)

    def write(self, summary: Summary, step: int = 0) -> None:
        """Write one summary at `step`, with the present time."""
        self._write(summary=summary, step=step)

    def write_scalars(self, scalars: dict[str, float], step: int) -> None:
        """Write one number per tag at `step`."""
        from tensorboard.compat.proto.summary_pb2 import Summary

        values = [Summary.Value(tag=tag, simple_value=value) for tag, value in scalars.items()]
        self.write(Summary(value=values), step)

    def close(self) -> None:
        """Close the file; nothing can be written afterwards."""
        self._file.close()

    def _write(self, **event) -> None:
        from tensorboard.compat.proto.event_pb2 import Event

        self._records.write(Event(wall_time=time.time(), **event).SerializeToString())
