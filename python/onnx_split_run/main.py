"""The program `python -m onnx_split_run`."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

from .errors import RunError
from .launch import started_rank
from .options import check_against_plan, check_writable, read_options
from .plan import read_plan
from .say import say_error
from .watchdog import Watchdog


def _fail(message: str) -> int:
    """Says what is wrong before MPI has started. Mostly every rank meets the same
    error, and the first to end makes mpirun end the others: so rank 0 speaks, and
    the others only when it has not ended them meanwhile."""
    rank = started_rank()
    if rank > 0:
        time.sleep(1 + 0.25 * min(rank, 20))
    say_error(message)
    return 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit status."""
    try:
        options = read_options(arguments)
        plan = read_plan(options.plan)
        check_against_plan(options, plan)
        if started_rank() == 0:
            check_writable(options)
        if options.local:
            from .local_run import run_local

            return run_local(plan, options)
        # It forks, which it should while there is one thread: NumPy and ONNX Runtime
        # start some.
        watchdog = Watchdog(plan)
        try:
            from .mpi_run import run_over_mpi

            return run_over_mpi(plan, options, watchdog)
        finally:
            watchdog.quiet()
    except RunError as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
