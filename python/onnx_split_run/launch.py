"""What a starter such as mpirun tells a process in its environment, before MPI has
started there."""

from __future__ import annotations

import os

# Of MPI's implementations; the first that is there counts.
_RANKS = ("OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID")
_SIZES = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE")


def _find(names: tuple[str, ...], otherwise: int) -> int:
    texts = (os.environ.get(name, "") for name in names)
    return next((int(text) for text in texts if text.isdecimal()), otherwise)


def started_rank() -> int:
    return _find(_RANKS, 0)


def started_size() -> int:
    return _find(_SIZES, 1)
