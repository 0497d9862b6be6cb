"""A run for scripts, with the keys of onnx-split-run's JSON, and for trace viewers."""

from __future__ import annotations

import json
from typing import Any

from .options import RunOptions
from .plan import Plan
from .report import RunReport, predict_token_rate
from .runtime import runtime_version

VERSION = 2


def _pair(predicted: float, measured: float) -> dict[str, float]:
    """What the plan says beside what was found."""
    return {"predicted": predicted, "measured": measured}


def _arrivals(options: RunOptions, report: RunReport) -> dict[str, Any]:
    if options.rate <= 0:
        return {}
    arrivals: dict[str, Any] = {"kind": options.arrivals, "rate_per_s": options.rate}
    if options.arrivals == "poisson":
        arrivals["seed"] = options.inputs.seed
    if options.queue is not None:
        arrivals |= {"queue": options.queue, "lost": report.lost_items}
    return {"arrivals": arrivals}


def _sequences(plan: Plan, options: RunOptions, report: RunReport) -> dict[str, Any]:
    if not report.sequences:
        return {}
    rate: dict[str, Any] = {"measured": report.tokens_per_second}
    predicted = predict_token_rate(plan, options.sequences)
    if predicted:
        rate = _pair(predicted, report.tokens_per_second)
    return {"tokens_per_s": rate, "prompts_ns": report.prompts_ns, "sequences": [
        {"prompt_tokens": one.prompt_tokens, "tokens": one.tokens, "times_ns": one.times_ns,
         "tokens_per_s": one.tokens_per_second} for one in report.sequences]}


def _rank(number: int, plan: Plan, report: RunReport) -> dict[str, Any]:
    """One rank: a stage, or a replica of one, so that an index may come again."""
    role, figures = report.roles[number], report.results[number].figures
    stage = plan.stages[role.stage]
    values: dict[str, Any] = {
        "index": role.stage, "device": plan.device_of(role), "rank": number,
        "compute_ns": _pair(stage.compute_ns, figures.compute_ns),
        "cpu_ns": figures.compute_cpu_ns, "transfer_cpu_ns": figures.communication_cpu_ns,
        "wait_ns": figures.wait_ns, "send_ns": figures.send_wait_ns,
        "resident_bytes": figures.resident_bytes, "base_bytes": figures.base_bytes,
        "plan_bytes": stage.memory_bytes, "messages_sent": figures.messages_sent}
    if figures.state_bytes > 0:
        values["state_bytes"] = _pair(stage.state_bytes, figures.state_bytes)
    if figures.provider:
        values["provider"] = figures.provider
    if figures.nodes > 0:
        values["provider_nodes"] = figures.nodes - sum(figures.elsewhere.values())
        values["other_nodes"] = figures.elsewhere
    return values


def report_json(plan: Plan, options: RunOptions, report: RunReport) -> str:
    values: dict[str, Any] = {
        "version": VERSION, "plan": str(options.plan), "plan_digest": plan.digest,
        "runtime": f"onnxruntime {runtime_version()}", "items": report.items,
        "warmup": options.warmup, "threads": report.threads, "one_host": report.is_one_host}
    if report.is_local:
        values["local"] = True
    values |= _arrivals(options, report)
    values |= {
        "seconds": report.elapsed_ns / 1e9, "items_per_s": report.items_per_second,
        "bottleneck_ns": _pair(plan.bottleneck_ns, report.bottleneck_ns),
        "rate_per_s": _pair(1e9 / plan.bottleneck_ns if plan.bottleneck_ns > 0 else 0.0,
                            report.items_per_second),
        "latency_ns": {"predicted": plan.latency_ns, "p50": report.latency_p50,
                       "p95": report.latency_p95, "p99": report.latency_p99}}
    values |= _sequences(plan, options, report)
    values["stages"] = [_rank(number, plan, report) for number in range(len(report.results))]
    values["messages"] = [
        {"from": group.sender, "to": group.receiver,
         "wires": [wire.tag for wire in group.wires],
         "bytes": _pair(group.bytes, figures.bytes),
         "time_ns": _pair(group.delivery_ns, figures.median_ns),
         "mean_ns": figures.mean_ns, "bits_per_second": figures.bits_per_second}
        for group, figures in zip(plan.groups, report.messages)]
    return json.dumps(values, indent=2) + "\n"


def trace_json(plan: Plan, report: RunReport) -> str:
    """Events in the format that Chrome and Perfetto show: a process for each rank, a
    line for computing and one for each stage that it receives from."""
    origin = min((event.begin_ns for result in report.results for event in result.trace),
                 default=0)
    events: list[dict[str, Any]] = []
    for rank, result in enumerate(report.results):
        events.append({"name": "process_name", "ph": "M", "pid": rank,
                       "args": {"name": plan.describe_rank(rank)}})
        for event in result.trace:
            computes = event.sender < 0
            # Microseconds, as the format wants.
            events.append({
                "name": f"item {event.item}" + ("" if computes
                                                else f" from stage {event.sender}"),
                "cat": "compute" if computes else "receive", "ph": "X", "pid": rank,
                "tid": 0 if computes else event.group + 1,
                "ts": (event.begin_ns - origin) / 1000,
                "dur": (event.end_ns - event.begin_ns) / 1000})
    return json.dumps({"displayTimeUnit": "ms", "traceEvents": events}) + "\n"
