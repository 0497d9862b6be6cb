//===- Plan.h - The plan as people and scripts see it -----------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Gathers what the pipeline decided from the IR, and writes it as plan.json
/// (docs/plan.schema.json) and as the table on standard output.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_PLAN_PLAN_H
#define ONNX_SPLIT_PLAN_PLAN_H

#include "onnx-split/Dialect/Split/IR/Split.h"

#include "mlir/IR/BuiltinOps.h"

namespace onnx_split {

/// Names of the source model's inputs that have no default, and of its outputs,
/// in their order.
struct PlanInterface {
  std::vector<std::string> inputs, outputs;
};

/// Times in nanoseconds, sizes in bytes.
struct Plan {
  struct Node {
    int64_t index = 0;
    std::string name, op;
    bool unknownCost = false;
    /// Another stage owns it.
    bool copied = false;
    /// Why its cost is unknown, a clause.
    std::string reason;
    /// The way from a folded If to it.
    std::vector<std::string> path;
  };
  struct Stage {
    std::string file;
    split::PartAttr part;
    /// -1: unlimited.
    int64_t memory = -1;
    /// It has tensors of unknown size, so that its memory is a lower bound.
    bool hasOpenTensor = false;
    /// Further devices that run the stage in turn, with their ranks, which
    /// follow those of the stages.
    struct Replica {
      std::string device;
      int32_t rank = 0;
    };
    std::vector<Replica> replicas;
    std::vector<Node> nodes;
    /// Inputs without a default, and outputs, of the part.
    std::vector<std::string> inputs, outputs;
  };
  struct Copied {
    std::string tensor;
    int64_t bytes = 0;
    std::vector<int32_t> stages;
    /// Computed by a node of one stage and known before running, so that the
    /// others have it as a constant.
    bool isKnown = false;
    /// Computed by each of the stages.
    bool isComputed = false;
  };
  /// A further operating point that the plan was evaluated at.
  struct Point {
    std::string name;
    int64_t bottleneckNs = 0, latencyNs = 0;
  };
  /// What was asked for about dimensions and inputs, as on the command line.
  struct Options {
    std::vector<std::string> dim, shape, assume, also, set;
    bool observed = false;
  };
  std::string sourceFile, sourceDigest, clusterFile, clusterDigest;
  PlanInterface interface;
  split::PlacementAttr placement;
  std::vector<Stage> stages;
  std::vector<split::WireAttr> wires;
  /// Constants that more than one part holds, by name, and results of nodes
  /// that others hold as a constant or compute as well.
  std::vector<Copied> copied;
  Options options;
  /// What the figures rest on: dimensions that planning has values for and the
  /// parts leave open ("N=1"), tensors whose extents depend on data and count
  /// as at most, tensors with extents of one run, and tensors of unknown size.
  std::vector<std::string> assumed, atMost, observed, open;
  /// "x=1x3" for each input without a default whose extents planning knows.
  std::vector<std::string> inputShapes;
  std::vector<Point> points;
};

/// Gathers what the one model of a module takes and gives, before the pipeline
/// runs.
PlanInterface gatherInterface(mlir::ModuleOp module);

/// Gathers the plan from a module that the whole pipeline ran on. The names of
/// the files, and the interface, are the caller's to fill in.
Plan gatherPlan(mlir::ModuleOp module);

/// Writes plan.json. The order of keys and all figures are deterministic.
void writePlan(const Plan &plan, llvm::raw_ostream &os);

/// Writes Open MPI's host file for a plan: the device of each rank, one a line,
/// for `mpirun --hostfile FILE --map-by seq`.
void writeHostfile(const Plan &plan, llvm::raw_ostream &os);

/// Prints the summary for people.
void printPlan(const Plan &plan, llvm::raw_ostream &os);

} // namespace onnx_split

#endif // ONNX_SPLIT_PLAN_PLAN_H
