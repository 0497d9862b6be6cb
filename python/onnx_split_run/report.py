"""What a whole run measured. Times in nanoseconds, sizes in bytes."""

from __future__ import annotations

from dataclasses import dataclass, field

from .options import RunOptions
from .plan import Plan, Role
from .samples import percentile
from .schedule import TokenSchedule
from .worker import StageFigures, TraceEvent, Worker


@dataclass
class MessageFigures:
    """What the receiving end of a group measured, from the hand-over of a message to
    its arrival, waiting for earlier ones of the link included."""

    items: int = 0
    mean_ns: int = 0
    median_ns: int = 0
    # Of the tensors of one item, the mean of what came.
    bytes: int = 0

    @property
    def bits_per_second(self) -> float:
        """0 where nothing was received, or it took no time."""
        return 8e9 * self.bytes / self.median_ns if self.median_ns > 0 else 0.0


@dataclass
class RankResult:
    """Of one rank, or one thread of a local run."""

    figures: StageFigures
    dues: list[int]
    ends: list[int]
    trace: list[TraceEvent]
    # By number of the group.
    messages: dict[int, MessageFigures]


@dataclass
class Sequence:
    """One that was generated."""

    prompt_tokens: int
    tokens: list[int]
    # When the first stage knew each, since the run began.
    times_ns: list[int] = field(default_factory=list)

    @property
    def tokens_per_second(self) -> float:
        """Without the first, which the prompt led to; 0 where there is none."""
        ns = self.times_ns[-1] - self.times_ns[0] if self.times_ns else 0
        return (len(self.times_ns) - 1) * 1e9 / ns if ns > 0 else 0.0


@dataclass
class RunReport:
    # Without the warm-up or, where tokens are generated, the prompts.
    items: int
    results: list[RankResult]
    roles: tuple[Role, ...]
    messages: list[MessageFigures]
    threads: int
    # There are several ranks, and all of them on one host.
    is_one_host: bool = False
    # All stages are threads of one process.
    is_local: bool = False
    elapsed_ns: int = 0
    items_per_second: float = 0.0
    # Mean time between two items.
    bottleneck_ns: int = 0
    # From when an item was due to the end of the last stage.
    latency_p50: int = 0
    latency_p95: int = 0
    latency_p99: int = 0
    lost_items: int = 0
    sequences: list[Sequence] = field(default_factory=list)
    # Of all sequences together, while all of them ran; 0 where they never did.
    tokens_per_second: float = 0.0
    # Until every prompt had led to a token.
    prompts_ns: int = 0


def predict_token_rate(plan: Plan, sequences: int) -> float:
    """What the plan says, at its extents, of the tokens/s of so many sequences; 0 where
    it does not know how long a token takes from end to end."""
    return 1e9 / plan.interval_ns(sequences) if plan.round_trip_ns > 0 else 0.0


def _add_times(report: RunReport, plan: Plan, warmup: int) -> None:
    """When each item was due and ended in the last stage to end."""
    items = report.items + warmup
    first, last = [2**63] * items, [0] * items
    for role, result in zip(report.roles, report.results):
        step = len(plan.stages[role.stage].devices)
        for local, end in enumerate(result.ends):
            item = role.replica + local * step
            last[item] = max(last[item], end)
            if role.stage == 0:
                first[item] = result.dues[local]
    latencies = sorted(end - due for due, end in zip(first[warmup:], last[warmup:]))
    report.latency_p50, report.latency_p95, report.latency_p99 = (
        percentile(latencies, percent) for percent in (50, 95, 99))
    # From one item's end to another's, the pipeline being full.
    last.sort()
    start = max(0, warmup - 1)
    report.elapsed_ns = last[-1] - last[start]
    between = items - 1 - start
    if report.elapsed_ns > 0 and between > 0:
        report.items_per_second = between * 1e9 / report.elapsed_ns
        report.bottleneck_ns = report.elapsed_ns // between


def _add_sequences(report: RunReport, schedule: TokenSchedule, times: list[int],
                   workers: Worker, start: int) -> None:
    """What was generated, as the first stage knows it."""
    warmup = workers.options.warmup
    begin = times[warmup - 1] if warmup > 0 else start
    report.sequences = [
        Sequence(len(workers.generation.prompt_of(index)), list(tokens))
        for index, tokens in enumerate(schedule.generated)]
    for item in range(warmup, len(times)):
        report.sequences[schedule.sequence_of(item)].times_ns.append(times[item] - begin)
    since = max(one.times_ns[0] for one in report.sequences)
    until = min(one.times_ns[-1] for one in report.sequences)
    report.prompts_ns = since
    count = sum(since < time <= until for one in report.sequences for time in one.times_ns)
    if until > since:
        report.tokens_per_second = count * 1e9 / (until - since)


def make_report(plan: Plan, options: RunOptions, results: list[RankResult], threads: int,
                first: Worker, schedule: TokenSchedule | None, token_times: list[int],
                start: int) -> RunReport:
    """`first` is the worker of rank 0, and `start` when the run began."""
    warmup, items = options.warmup, options.items
    if schedule is not None:
        warmup += options.sequences
        items = schedule.known - warmup
    messages = [MessageFigures() for _ in plan.groups]
    # Several replicas may receive: the one with most items counts.
    for result in results:
        for number, figures in result.messages.items():
            if figures.items > messages[number].items:
                messages[number] = figures
    report = RunReport(items, results, plan.roles, messages, threads,
                       lost_items=sum(result.figures.lost_items for result in results))
    if schedule is not None:
        _add_sequences(report, schedule, token_times, first, start)
    _add_times(report, plan, warmup)
    return report
