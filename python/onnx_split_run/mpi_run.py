"""A run over MPI, from the first meeting of the ranks to the figures on rank 0."""

from __future__ import annotations

import os

from .clock import count_cores, now
from .decoder import Generation
from .errors import RunError, describe
from .inputs import check_dim_names
from .mpi import World, load_mpi
from .mpi_exchange import MpiExchange
from .options import RunOptions
from .plan import Plan
from .report import MessageFigures, RankResult, make_report
from .results import show_report
from .runtime import runtime_version
from .say import say, say_error
from .watchdog import Watchdog
from .worker import Worker, input_sets, make_generation

# How onnx-split-run tells its version is "ONNX Runtime 1.32.0"; this says who else is
# there, and follows it.
_MARK = " in onnx_split_run"


class _MpiRun:
    def __init__(self, plan: Plan, options: RunOptions, watchdog: Watchdog,
                 world: World) -> None:
        self.plan, self.options, self.watchdog, self.world = plan, options, watchdog, world
        self.rank = world.rank
        self.role = plan.describe_rank(self.rank)
        self.threads = options.threads or max(1, count_cores() // world.local_ranks)
        # Before the options are known to be right, there is nothing to run.
        self.worker = Worker(plan, options, plan.roles[self.rank], Generation())

    def _prepare_own(self) -> str:
        """What is wrong here, or nothing."""
        try:
            generation = make_generation(self.options)
        except RunError as error:
            return str(error)
        try:
            self.worker = Worker(self.plan, self.options, self.plan.roles[self.rank], generation)
            self.worker.prepare(self.threads)
            self.exchange = MpiExchange(self.world, self.worker)
            self.exchange.prepare()
        except RunError as error:
            return f"{self.role}: {error}"
        except Exception as error:
            # A rank that ends here would leave the others waiting.
            return f"{self.role}: {type(error).__name__}: {describe(error)}"
        return ""

    def _find_odd(self, texts: list[str], what: str) -> str:
        """The first rank that differs from rank 0, as a text for all."""
        for rank, text in enumerate(texts):
            if text != texts[0]:
                return (f"{self.plan.describe_rank(rank)} has {what} '{text}', but "
                        f"{self.plan.describe_rank(0)} has '{texts[0]}'; all must have the same")
        return ""

    def _find_foreign(self, versions: list[str]) -> str:
        for rank, text in enumerate(versions):
            if not text.endswith(_MARK):
                return (f"{self.plan.describe_rank(rank)} is run by another program (onnx-split-run"
                        "?), which this runner cannot exchange tensors with; start the same one "
                        "on all ranks")
        return ""

    def _find_unknown_dim(self, texts: list[str]) -> str:
        """A name of --dim may be one of another rank's inputs."""
        known = {name for text in texts for name in text.split("\n") if name}
        try:
            for options in input_sets(self.options, self.plan):
                check_dim_names(options, known, self.plan.dims)
        except RunError as error:
            return str(error)
        return ""

    def prepare(self) -> bool:
        """Loads the parts and compares what ranks must agree on, in the order in which
        onnx-split-run does. False where the run cannot begin, which has been said."""
        failure = self._prepare_own()
        failures = self.world.gather_texts(failure)
        digests = self.world.gather_texts(self.plan.digest)
        versions = self.world.gather_texts(f"ONNX Runtime {runtime_version()}{_MARK}")
        dims = self.world.gather_texts("\n".join(sorted(getattr(self.worker, "dim_names", ()))))
        # Different programs and plans explain other failures, so they come first.
        for why in (self._find_foreign(versions),
                    self._find_odd(digests, "a plan.json with the digest"),
                    self._find_odd([one.removesuffix(_MARK) for one in versions],
                                   "the runtime"),
                    *failures, self._find_unknown_dim(dims)):
            if why:
                if self.rank == 0:
                    say_error(why)
                return False
        if placed := self.worker.stage.describe_placement():
            say(f"{self.role}: {placed}")
        return True

    def _on_progress(self, item: int) -> None:
        role = self.plan.roles[self.rank]
        if (self.options.progress and role.replica == 0
                and role.stage + 1 == len(self.plan.stages)):
            say(f"item {item} of {self.options.items + self.options.warmup}")

    def run(self) -> int:
        offset = self.world.clock_offset()
        self.world.meet()
        start = self.world.share_number(now())
        self.exchange.on_wait = self.watchdog.waits_for
        self.worker.on_item = lambda item: self.watchdog.at(item=item)
        try:
            self.exchange.run(offset, start, self._on_progress)
        except RunError as error:
            self._end(f"{self.role}: {error}", (self.exchange.failed_since or now()) + offset)
        results = self.world.gather(self._result())
        if self.rank != 0:
            return 0
        report = make_report(self.plan, self.options, results, self.threads, self.worker,
                             self.exchange.schedule, self.exchange.token_times, start)
        report.is_one_host = self.world.size > 1 and self.world.local_ranks == self.world.size
        return show_report(self.plan, self.options, report)

    def _result(self) -> RankResult:
        messages = {}
        for number, group in enumerate(self.plan.groups):
            for end in self.exchange.inputs:
                if end.group is group:
                    samples = end.transfer_ns
                    messages[number] = MessageFigures(
                        samples.count, samples.mean, samples.median,
                        end.payload_bytes // max(1, samples.count))
        worker = self.worker
        return RankResult(worker.figures, worker.dues, worker.ends,
                          worker.trace + self.exchange.received, messages)

    def _end(self, message: str, since: int) -> None:
        """Ends a run that has failed: with the message, or, where another rank has one,
        by waiting to be ended."""
        if self.world.is_known_to_others(since):
            self.watchdog.quiet()
            waker, end = self.world.waker(), now() + 10 * 10**9
            while now() < end:
                waker.wait(progressed=False)
        end_all(self.world, self.watchdog, message)


def end_all(world: World, watchdog: Watchdog, message: str) -> None:
    """Ends all ranks with a message."""
    watchdog.quiet()
    say_error(message)
    world.abort()
    os._exit(1)


def run_over_mpi(plan: Plan, options: RunOptions, watchdog: Watchdog) -> int:
    """Runs the plan in the process's role; returns the exit status. What goes wrong
    before the first item is said once, by rank 0, and what goes wrong later ends all
    processes, after one message of the rank that noticed it."""
    world = World(load_mpi())
    watchdog.at(rank=world.rank)
    try:
        status = _run(plan, options, watchdog, world)
    except RunError as error:
        end_all(world, watchdog, f"{plan.describe_rank(world.rank)}: {error}")
    except BaseException as error:
        end_all(world, watchdog,
                f"{plan.describe_rank(world.rank)}: {type(error).__name__}: {describe(error)}")
    watchdog.quiet()
    world.mpi.Finalize()
    return status


def _run(plan: Plan, options: RunOptions, watchdog: Watchdog, world: World) -> int:
    count = len(plan.roles)
    if world.size != count:
        if world.rank == 0:
            there = "is 1" if world.size == 1 else f"are {world.size}"
            say_error(f"{options.plan} needs {count} processes, one for each stage and replica, "
                      f"but there {there}; start it with mpirun -np {count}, or with --local in "
                      "one process")
        return 1
    world.count_local_ranks()
    run = _MpiRun(plan, options, watchdog, world)
    return run.run() if run.prepare() else 1
