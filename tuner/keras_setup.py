"""Keras as jobs want it: without its backend's start-up messages, and with repeatable results."""

import contextlib
import os
import sys
from collections.abc import Iterator


def prepare_keras(threads: int | None = None) -> None:
    """Import Keras without its backend's start-up messages, and make its results repeatable.

    `threads` limits the threads that TensorFlow uses; it has to be said before its first operation.
    """
    with quietly():
        import keras

        if keras.backend.backend() == "tensorflow":
            import tensorflow

            tensorflow.get_logger().setLevel("ERROR")
            tensorflow.config.experimental.enable_op_determinism()
            if threads is not None:
                tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
                tensorflow.config.threading.set_inter_op_parallelism_threads(threads)
            tensorflow.zeros(1)  # the device banner comes with the first operation


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Drop what is written to the standard error meanwhile, below Python too: TensorFlow's banners."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
