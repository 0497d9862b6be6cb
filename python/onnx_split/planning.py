"""Planning: one call of the program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from .cluster import cluster_file
from .model import model_file
from .options import Inputs, Options, Seconds, Strings, Value
from .planned import Plan
from .request import AnyCluster, Model, Request


def plan(
    model: Model,
    cluster: AnyCluster,
    *,
    shapes: Mapping[str, Sequence[int]] | None = None,
    dims: Mapping[str, int] | None = None,
    assume: Mapping[str, int] | None = None,
    also: Sequence[Mapping[str, int]] | None = None,
    set: Mapping[str, Value] | None = None,
    states: str | Mapping[str, str] | Sequence[str] | None = None,
    sequences: int | None = None,
    observe: bool = False,
    inputs: Inputs | None = None,
    unknown_op: str | None = None,
    allow_linked_weights: bool = False,
    objective: str | None = None,
    target_rate: float | None = None,
    max_latency: Seconds | None = None,
    strategy: str | None = None,
    time_limit: Seconds | None = None,
    gap: float | None = None,
    seed: int | None = None,
    pin: Mapping[str, str] | None = None,
    cut: Strings | None = None,
    no_cut: Strings | None = None,
    stages: int | None = None,
    max_stages: int | None = None,
    revisit: bool = False,
    replicate: bool = False,
    pareto: bool = False,
    arguments: Sequence[str] = (),
) -> Plan:
    """Plans which device runs which part of a model, and writes nothing.

    Each keyword is the option of the command line of that name, and None leaves it
    to the program; docs/CommandLine.md describes them in full.

    Args:
      model: a file, or an onnx.ModelProto.
      cluster: a file, a dictionary with its contents, or a Cluster.
      shapes: extents of graph inputs, fixed in the parts as well (--shape).
      dims: extents by symbol, `INPUT[AXIS]` or `*`, fixed as well (--dim).
      assume: extents for planning alone; the parts keep them open.
      also: further operating points, at which the plan must fit the memory.
      set: graph inputs that become constants: a number, a list, an array. Of an
        array with several axes a file is made, which goes away with the plan.
      states: "auto", "none", or pairs {input: output} of what comes back (--state).
      sequences: sequences in flight, of which each has one item at a time.
      observe: run the whole model once and take the extents that depend on data.
      inputs: what `observe` feeds: a folder, or files or arrays by name (--input).
      unknown_op: "bytes" or "error", for operators without a known cost.
      allow_linked_weights: read external weights through symbolic links, too.
      objective: "throughput", "latency" or "devices".
      target_rate: items/s that the plan must reach.
      max_latency: seconds that an item may take at most.
      strategy: "auto", "exact", "local-search", "k-path", "greedy" or "random".
      time_limit: seconds after which the best plan so far is taken.
      gap: stop where (plan - bound) / plan is at most that.
      seed: of all choices.
      pin: devices by pattern of nodes; later entries override earlier ones.
      cut, no_cut: tensors that must cross devices, or must not.
      stages, max_stages: exactly or at most that many stages.
      revisit: a device may hold several stages.
      replicate: several devices may run one stage in turn.
      pareto: list the plans that no other beats in both rate and latency.
      arguments: further arguments, as on the command line.

    Ctrl-C takes the best plan so far, which then is `interrupted`.

    Raises BadInput, NoPlan, or another OnnxSplitError.
    """
    options = Options(
        shapes=shapes, dims=dims, assume=assume, also=also, set=set, states=states,
        sequences=sequences, observe=observe, inputs=inputs, unknown_op=unknown_op,
        allow_linked_weights=allow_linked_weights, objective=objective,
        target_rate=target_rate, max_latency=max_latency, strategy=strategy,
        time_limit=time_limit, gap=gap, seed=seed, pin=pin, cut=cut, no_cut=no_cut,
        stages=stages, max_stages=max_stages, revisit=revisit, replicate=replicate,
        arguments=arguments)
    request = Request(model_file(model), cluster_file(cluster), options, Path.cwd())
    done = request.run("--dry-run", "--format=json", *(["--pareto"] if pareto else []))
    return Plan(done.output, request, warnings=done.warnings, interrupted=done.interrupted)
