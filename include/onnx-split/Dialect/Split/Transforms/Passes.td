//===- Passes.td - Passes of the split dialect ------------*- tablegen -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_DIALECT_SPLIT_TRANSFORMS_PASSES_TD
#define ONNX_SPLIT_DIALECT_SPLIT_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

/// A pass of this dialect. The definitions stand in the order in which the
/// pipeline runs them (lib/Pipeline/Pipeline.cpp); each states what it expects
/// of those before it and what those behind it may rely on.
class SplitPass<string argument> : Pass<argument, "::mlir::ModuleOp"> {
  let dependentDialects = ["::onnx_split::split::SplitDialect"];
}

def AnnotateCostPass : SplitPass<"split-annotate-cost"> {
  let summary = "Write the cost of each node of the main graph to the IR";
  let description = [{
    Reads: types and attributes of nodes. Writes: `split.cost` on every node of
    the main graph, for people and tests; passes that need costs ask the
    analysis. A node without a formula, or whose needed extents are unknown, is
    marked `unknown`, and its bytes count.

    Pre-condition: types, which onnx-infer-types writes; without them more is
    unknown. Post-condition: every node of a main graph has a cost; with
    `unknown-op=error`, one that is known. Preserves the analysis of costs, which
    depends on nodes, types and extents alone.

    ```mlir
    %y = onnx.node "Gemm"(%x, %w) {split.cost = #split.cost<macs = 2048000,
        flops = 4096000, bytes_read = 8200192, bytes_written = 4000,
        weight_bytes = 8192000>, ...}
    ```
  }];
  let options = [
    Option<"unknownOp", "unknown-op", "std::string", "\"bytes\"",
           "What to do with operators that have no cost: 'bytes' marks them, "
           "'error' refuses them">
  ];
}

def PlacePass : SplitPass<"split-place"> {
  let summary = "Choose a stage for each node and a device for each stage";
  let description = [{
    Reads: the module's one model, with types, and the cluster file `devices`.
    Writes: `split.topology`, `split.placement`, `split.crossings` (what goes
    from stage to stage, and how long that takes), `split.constraints` (what the
    options demand), `split.states` (which outputs come back as inputs of their
    stage), `split.certainty` and `split.outlook` on the module, `split.stage` on
    each node of the main graph that is no constant, `split.copies` on those that
    later stages compute as well, `split.unknown` on those whose cost is not
    known, and `split.index` (the position in the source) on each node. With
    `report` also `split.picture` and, on nodes, `split.task`; with `problem`
    also `split.problem`.

    Pre-condition: one model in the module, without training information, and
    types, which onnx-infer-types writes. Post-condition: what
    split-verify-placement checks. Fails with the reasons, in numbers, where no
    plan exists. Preserves the analysis of costs.
  }];
  let options = [
    Option<"devices", "devices", "std::string", "\"\"",
           "The cluster file (YAML)">,
    Option<"objective", "objective", "::onnx_split::placement::Objective",
           "::onnx_split::placement::Objective::Throughput",
           "throughput, latency or devices">,
    Option<"targetRate", "target-rate", "double", "0",
           "Items/s that the plan must reach; 0: any rate">,
    Option<"maxLatencyNs", "max-latency-ns", "int64_t", "0",
           "Nanoseconds that one item may take at most; 0: any">,
    Option<"strategy", "strategy", "::onnx_split::placement::Strategy",
           "::onnx_split::placement::Strategy::Auto",
           "How to plan: a name of Strategies.def">,
    Option<"revisit", "revisit", "bool", "false",
           "A device may hold several stages">,
    Option<"replicate", "replicate", "bool", "false",
           "Several devices may run one stage in turn">,
    Option<"timeLimit", "time-limit", "double", "10",
           "Seconds after which the best plan so far is taken">,
    Option<"gap", "gap", "double", "0",
           "Stop when (bottleneck - bound) / bottleneck is at most this">,
    Option<"seed", "seed", "uint64_t", "0", "Seed of every random choice">,
    Option<"maxStages", "max-stages", "unsigned", "0",
           "At most this many stages; 0: one per device">,
    Option<"stages", "stages", "unsigned", "0",
           "Exactly this many stages; 0: any number">,
    Option<"boundary", "boundary", "::onnx_split::Boundary",
           "::onnx_split::Boundary::Ops",
           "How the parts will be joined, which decides what types can cross: "
           "ops, io or opaque">,
    ListOption<"pins", "pin", "std::string",
               "PATTERN=DEVICE: matching nodes go there, or to one of DEVICE+DEVICE">,
    ListOption<"cuts", "cut", "std::string", "Tensors that must cross">,
    ListOption<"noCuts", "no-cut", "std::string", "Tensors that must not cross">,
    ListOption<"states", "state", "std::string",
               "Outputs that come back as inputs: auto, none or INPUT=OUTPUT">,
    Option<"sequences", "sequences", "unsigned", "0",
           "Sequences in flight, of which each has one item at a time; 0: 1 "
           "where tokens come back, else any number of items">,
    Option<"plan", "plan", "std::string", "\"\"",
           "Apply a saved plan.json instead of planning">,
    Option<"explain", "explain", "bool", "false",
           "Say in remarks what limits the plan and what would help">,
    Option<"pareto", "pareto", "bool", "false",
           "Look for every plan that no other beats in rate and latency">,
    ListOption<"whatIfs", "what-if", "std::string",
               "Changes of the cluster; a remark on the best plan after each">,
    ListOption<"whys", "why", "std::string",
               "Tensors; a remark on why each is cut or not, and on the best "
               "plan where it is the other way">,
    Option<"suggest", "suggest", "bool", "false",
           "Look for a short time for plans of other kinds worth a hint">,
    Option<"problemName", "problem", "std::string", "\"\"",
           "Note down the planner's problem under this name; empty: do not">,
    Option<"report", "report", "bool", "false",
           "Note down what a picture of the plan shows beside it">
  ];
}

def VerifyPlacementPass : SplitPass<"split-verify-placement"> {
  let summary = "Check a placement against model and cluster";
  let description = [{
    Reads: what split-place wrote. Writes nothing. Evaluates the placement anew
    and fails with every violated constraint: a stage number that falls along a
    tensor, memory over a cap, at a further operating point too, a missing link,
    an unsupported operator, and what `split.constraints` lists: pins, cuts, the
    number of stages, types that cannot cross, devices that are revisited or
    stages that are replicated. Also fails where `split.placement` states other
    figures than the evaluation or misses its target rate, and where
    `split.crossings` are not what the evaluation finds.

    Pre-condition: one model in the module, and a `split.placement`; fails
    without. Post-condition: passes behind this one need not expect what it
    refuses. Preserves all analyses.

    IR without `split.constraints` may do with devices what its placement does;
    without `split.crossings` nothing is said of them.
  }];
}

def FormStagesPass : SplitPass<"split-form-stages"> {
  let summary = "Gather the nodes of each stage in one split.stage";
  let description = [{
    Reads: `split.placement` and `split.topology`, and `split.stage` and
    `split.copies` on nodes. Writes: one `split.stage` for each stage in the main
    graph, in order, each with a graph of its own. Nodes move and keep their
    order; constants are copied to every stage that uses them, where their nodes
    have `split.constant`, and other nodes to those that they list, where they
    have `split.copied`. Beside an If whose condition is known, what a runtime
    would fold on a tensor of the stage is left out of it: readers have
    initializers with `onnx.copied_value`.

    Pre-condition: a verified placement. Fails where a stage is missing or out of
    range, or falls along a tensor; other faults of a placement go unseen.
    Post-condition: the main graph holds
    nothing but stages, the initializers that are graph outputs, and the return.
  }];
}

def InsertTransfersPass : SplitPass<"split-insert-transfers"> {
  let summary = "Put a split.transfer between stages that share a tensor";
  let description = [{
    Reads: stages and `split.crossings`. Writes: one `split.transfer` per tensor
    and receiving stage, which takes the place of the entry in
    `split.crossings`. Tags number the wires; `seq` numbers those between one
    pair of stages, in the order of the sender's results.

    Pre-condition: what split-form-stages makes, and its placement.
    Post-condition: no stage reads a result of another one but through a
    transfer.

    Fails where the stages share other tensors than `split.crossings` lists. IR
    without that list gets the times from the evaluation of its placement.
  }];
}

def OutlineStagesPass : SplitPass<"split-outline-stages"> {
  let summary = "Turn each stage into a model of its own";
  let description = [{
    Reads: stages and transfers. Writes: for each stage an `onnx.model` with
    `split.part`, where transfers have become a `split.send` at the end of the
    sender and a `split.recv` at the beginning of the receiver. The source model
    is gone afterwards. Parts keep the source's IR version, operator sets,
    metadata, and those functions, value infos and annotations that they need.

    Pre-condition: one model with stages, numbered in order, and a transfer
    wherever one reads a result of another; fails otherwise. Post-condition: the
    module holds one model for each stage, each of which can be exported once
    its sends and receives are lowered.
  }];
}

def LowerTransfersPass : SplitPass<"split-lower-transfers"> {
  let summary = "Turn sends and receives into boundary nodes";
  let description = [{
    Reads: `split.send` and `split.recv`. Writes: by `boundary`, calls of the
    local functions `dev.onnxsplit::Send` and `Recv` (ops), the same without
    functions (opaque), or nothing, so that wires are plain graph inputs and
    outputs under the tensor's own name (io). `split.wires` on the module lists
    what the sends said. Metadata of the part is added.

    Pre-condition: each receive takes an input of its graph, and each send makes
    an output of it and nothing else; fails otherwise. Post-condition: no op of
    the split dialect is left, so that the models can be exported.
  }];
  let options = [
    Option<"boundary", "boundary", "::onnx_split::Boundary",
           "::onnx_split::Boundary::Ops", "ops, io or opaque">
  ];
}

#endif // ONNX_SPLIT_DIALECT_SPLIT_TRANSFORMS_PASSES_TD
