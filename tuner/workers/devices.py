"""Divides the machine among workers: one GPU each, and a share of the cores."""

import os
import shutil
import subprocess


def visible_gpus() -> list[str]:
    """Return the GPUs of this machine as CUDA_VISIBLE_DEVICES names them, without loading a GPU library."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is not None:
        names = [name.strip() for name in named.split(",")]
        # CUDA stops reading at the first negative number.
        return [n for n in names[: _first_negative(names)] if n]
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    asked = [program, "--query-gpu=index", "--format=csv,noheader"]
    try:
        answer = subprocess.run(asked, capture_output=True, text=True, timeout=30, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return []
    return answer.stdout.split()


def environment_of(worker: int, workers: int, gpus: list[str]) -> dict[str, str]:
    """Return the environment variables by which worker number `worker`, counted from 0, sees one GPU.

    Workers that share a GPU allocate its memory as they need it, not all of it at once.
    """
    if not gpus:
        return {}
    environment = {"CUDA_VISIBLE_DEVICES": gpus[worker % len(gpus)]}
    if workers > len(gpus):
        environment |= {
            "TF_FORCE_GPU_ALLOW_GROWTH": "true",
            "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
        }
    return environment


def threads_of(workers: int) -> int | None:
    """Return the number of threads that each worker may use; None, which is no limit, for a single worker."""
    if workers == 1:
        return None
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, (cores or 1) // workers)


def _first_negative(names: list[str]) -> int:
    return next((i for i, name in enumerate(names) if name.startswith("-")), len(names))
