"""A run in one process: a thread for each stage and replica, each with a thread pool
of ONNX Runtime of its own."""

from __future__ import annotations

import os
import threading

from .clock import count_cores, now
from .errors import RunError
from .inputs import check_dim_names
from .local_exchange import LocalExchange, LocalHub, describe_role
from .options import RunOptions
from .plan import Plan
from .report import MessageFigures, RankResult, make_report
from .results import show_report
from .say import say, say_error
from .schedule import TokenSchedule
from .worker import Worker, check_scores, input_sets, make_generation


def _prepare(plan: Plan, options: RunOptions, threads: int) -> list[Worker]:
    generation = make_generation(options)
    if generation.tokens:
        check_scores(plan)
    workers = []
    for role in plan.roles:
        worker = Worker(plan, options, role, generation)
        try:
            worker.prepare(threads)
        except RunError as error:
            raise RunError(f"{describe_role(plan, role)}: {error}") from None
        if placed := worker.stage.describe_placement():
            say(f"{describe_role(plan, role)}: {placed}")
        workers.append(worker)
    known = {name for worker in workers for name in worker.dim_names}
    for inputs in input_sets(options, plan):
        check_dim_names(inputs, known, plan.dims)
    return workers


def _watch(hub: LocalHub, workers: list[Worker], options: RunOptions) -> None:
    """Waits for all threads. An error where nothing moves for too long: a run inside
    ONNX Runtime cannot be ended, so that the process has to."""
    # Items of a rate may come as seldom as they like.
    limit = options.timeout_seconds + (1 / options.rate if options.rate else 0)
    last_line = now()
    while True:
        with hub.changed:
            hub.changed.wait_for(lambda: hub.failure is not None
                                 or hub.finished == len(workers), timeout=0.5)
            if hub.failure is not None:
                raise hub.failure
            if hub.finished == len(workers):
                return
            idle = (now() - hub.moved) / 1e9
        if idle > limit:
            busy = [worker for worker in workers if len(worker.ends) < worker.local_items]
            where = describe_role(hub.plan, busy[0].role) if busy else "a stage"
            raise RunError(f"no item left a stage for {1000 * limit:.0f} ms; {where} is the first "
                           "that is not done. If an item may take that long, give more with "
                           "--timeout")
        if options.progress and now() - last_line > 1_000_000_000:
            last_line = now()
            say(f"item {len(workers[-1].ends)} of {options.items + options.warmup}")


def _result(number_of: int, hub: LocalHub, worker: Worker) -> RankResult:
    """Messages are those of the hub, and stand with the first worker."""
    messages = {}
    if number_of == 0:
        messages = {number: MessageFigures(items=count, bytes=hub.bytes[number] // max(1, count))
                    for number, count in enumerate(hub.counts)}
    return RankResult(worker.figures, worker.dues, worker.ends, worker.trace, messages)


def run_local(plan: Plan, options: RunOptions) -> int:
    """Runs the plan in this process; returns the exit status."""
    threads = options.threads or max(1, count_cores() // len(plan.roles))
    workers = _prepare(plan, options, threads)
    schedule = None
    if options.generate:
        schedule = TokenSchedule(workers[0].generation, options.sequences, options.warmup)
    hub = LocalHub(plan, schedule)
    exchanges = []
    for worker in workers:
        try:
            exchanges.append(LocalExchange(hub, worker))
        except RunError as error:
            raise RunError(f"{describe_role(plan, worker.role)}: {error}") from None
    start = hub.moved = now()
    for exchange in exchanges:
        threading.Thread(target=exchange.run, args=(start,), daemon=True).start()
    try:
        _watch(hub, workers, options)
    except RunError as error:
        say_error(str(error))
        # Threads inside ONNX Runtime cannot be waited for.
        os._exit(1)
    except KeyboardInterrupt:
        os._exit(130)
    results = [_result(number, hub, worker) for number, worker in enumerate(workers)]
    report = make_report(plan, options, results, threads, workers[0], schedule,
                         hub.token_times, start)
    report.is_local = True
    return show_report(plan, options, report)
