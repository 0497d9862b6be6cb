"""The summary of a run for people."""

from __future__ import annotations

from collections.abc import Sequence

from .options import RunOptions
from .plan import Plan
from .providers import Placement
from .quantities import counted, format_bit_rate, format_bytes, format_time
from .report import RunReport, predict_token_rate
from .samples import percentile


def _table(rows: Sequence[Sequence[str]], left: tuple[int, ...] = ()) -> str:
    """Columns two blanks apart, flush right but for those of `left`."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = []
    for row in rows:
        cells = [cell.ljust(width) if number in left else cell.rjust(width)
                 for number, (cell, width) in enumerate(zip(row, widths))]
        lines.append("  ".join(cells).rstrip())
    return "".join(f"{line}\n" for line in lines)


def _apart(predicted: int, measured: int) -> str:
    """"+3 %": how far the measured figure is from the predicted one."""
    if predicted <= 0 or measured <= 0:
        return "-"
    return f"{100 * (measured - predicted) / predicted:+.0f} %"


def _stages(plan: Plan, report: RunReport) -> str:
    rows = [["stage", "device", "predicted", "measured", "", "waits", "transfer CPU",
             "plan's memory", "resident"]]
    for role, result in zip(report.roles, report.results):
        stage, figures = plan.stages[role.stage], result.figures
        rows.append([
            str(role.stage), plan.device_of(role), format_time(stage.compute_ns),
            format_time(figures.compute_ns), _apart(stage.compute_ns, figures.compute_ns),
            format_time(figures.wait_ns + figures.send_wait_ns),
            "-" if report.is_local else format_time(figures.communication_cpu_ns),
            format_bytes(stage.memory_bytes, plan.si_bytes),
            f"{format_bytes(figures.resident_bytes, plan.si_bytes)}, "
            f"{format_bytes(figures.base_bytes, plan.si_bytes)} before loading"])
    text = _table(rows, (1, 8))
    if report.is_local:
        text += ("all stages are in this process, whose memory is that of all of them\n"
                 if len(report.results) > 1 else "")
    for rank, result in enumerate(report.results):
        figures = result.figures
        placed = Placement(figures.nodes, figures.elsewhere).describe(figures.provider)
        if placed:
            text += f"{plan.describe_rank(rank)}: {placed}\n"
    return text


def _messages(plan: Plan, report: RunReport) -> str:
    if not plan.groups:
        return ""
    rows = [["from", "to", "tensors", "bytes", "predicted", "measured", "", "rate"]]
    for group, figures in zip(plan.groups, report.messages):
        measured = "-" if report.is_local else format_time(figures.median_ns)
        rows.append([
            str(group.sender), str(group.receiver), str(len(group.wires)),
            format_bytes(figures.bytes, plan.si_bytes), format_time(group.delivery_ns), measured,
            _apart(group.delivery_ns, figures.median_ns),
            format_bit_rate(int(figures.bits_per_second)) if figures.median_ns > 0 else "-"])
    text = "\n" + _table(rows)
    if report.is_local:
        text += "all stages are in this process: tensors were handed over, not sent\n"
    elif report.is_one_host:
        text += ("all ranks are on this host: transfers took what its memory takes, not what the "
                 "links would\n")
    return text


def _arrivals(options: RunOptions, report: RunReport) -> str:
    if options.rate <= 0:
        return ""
    text = f"arrivals     {options.arrivals}, {options.rate:.2f} items/s"
    if options.queue is not None:
        text += (f", of which {options.queue} may wait: {report.lost_items} of "
                 f"{report.items + report.lost_items} were lost")
    return f"{text}\n"


def _sequences(plan: Plan, options: RunOptions, report: RunReport) -> str:
    text = "\n"
    for index, one in enumerate(report.sequences):
        text += f"sequence {index}  {' '.join(map(str, one.tokens))}\n"
    firsts = sorted(one.times_ns[0] for one in report.sequences)
    rates = sorted(one.tokens_per_second for one in report.sequences)
    prompts = sum(one.prompt_tokens for one in report.sequences)
    last = f" median, {format_time(firsts[-1])} last" if len(firsts) > 1 else ""
    text += (f"first token  {format_time(percentile(firsts, 50))}{last} after the start\n"
             f"prompts      {counted(prompts, 'token')}, "
             f"{prompts * 1e9 / max(1, report.prompts_ns):.2f} tokens/s\n"
             f"decoding     {report.tokens_per_second:.2f} tokens/s measured")
    predicted = predict_token_rate(plan, options.sequences)
    if predicted > 0:
        text += f", {predicted:.2f} predicted at the extents of the plan"
    if len(report.sequences) > 1:
        text += f"; of all sequences, of one {rates[len(rates) // 2]:.2f} at the median"
    tokens = sum(len(one.tokens) for one in report.sequences)
    return f"{text}\ntokens       {tokens} generated\n"


def describe_report(plan: Plan, options: RunOptions, report: RunReport) -> str:
    text = _stages(plan, report) + _messages(plan, report)
    if report.sequences:
        return text + _sequences(plan, options, report)
    predicted = (f"{1e9 / plan.bottleneck_ns:.2f} predicted" if plan.bottleneck_ns > 0
                 else "without limit predicted")
    since = "; measured from when an item was due" if options.rate > 0 else ""
    way = " on their way" if options.queue is not None else ""
    return (f"{text}\nthroughput   {report.items_per_second:.2f} items/s measured, {predicted}\n"
            f"bottleneck   {format_time(report.bottleneck_ns)} measured, "
            f"{format_time(plan.bottleneck_ns)} predicted "
            f"({_apart(plan.bottleneck_ns, report.bottleneck_ns)})\n"
            f"{_arrivals(options, report)}"
            f"latency      {format_time(report.latency_p50)} median, "
            f"{format_time(report.latency_p95)} of 95 %, {format_time(report.latency_p99)} of "
            f"99 %; {format_time(plan.latency_ns)} predicted for one item alone{since}\n"
            f"items        {report.items} in order, none lost or twice{way}\n")
