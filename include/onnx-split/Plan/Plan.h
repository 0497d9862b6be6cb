//===- Plan.h - The plan as people and scripts see it -----------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Gathers what the pipeline decided from the IR: what goes into plan.json, and
/// what only the table on standard output shows.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_PLAN_PLAN_H
#define ONNX_SPLIT_PLAN_PLAN_H

#include "onnx-split/Plan/PlanFile.h"

#include "mlir/IR/BuiltinOps.h"

namespace onnx_split {

/// plan.json, and what people see beside it.
struct Plan : PlanFile {
  /// Bytes that the device of each stage has, or Unlimited.
  std::vector<int64_t> deviceMemory;
  /// The same of every device of the cluster, by its name.
  std::map<std::string, int64_t> memoryOf;
  /// By wire: the type, with names of open dimensions.
  std::vector<mlir::Type> wireTypes;
  /// The device that the model would be on without a plan, if it is known, and
  /// sentences on plans of other kinds that are worth a look.
  std::string reference;
  std::vector<std::string> hints;
  /// Why the search ended before it was done, as a clause; or empty.
  std::string searchEnd;
  /// By stage: of several devices the one that streams as much as the stage
  /// says; else empty.
  std::vector<std::string> streamsOn;
  /// Those of `copied` that are constants, and what they take in the parts
  /// beyond the first.
  int64_t copiedConstants = 0, copiedConstantBytes = 0;
};

/// Gathers what the one model of a module takes and gives, before the pipeline
/// runs.
PlanInterface gatherInterface(mlir::ModuleOp module);

/// Gathers the plan from a module that the whole pipeline ran on. The names of
/// the files, the interface and the options are the caller's to fill in.
Plan gatherPlan(mlir::ModuleOp module);

/// The device of each rank, in the order of the ranks.
std::vector<std::string> listDevices(const PlanFile &plan);

/// The begin of a command by which Open MPI starts a process on each of the
/// hosts, in their order; `options` of mpirun stand before them.
std::string startOnHosts(llvm::ArrayRef<std::string> hosts,
                         llvm::StringRef options = "");

/// The command that runs the plan at `path` over Open MPI, each rank on its
/// device's host. It names the hosts itself, so that they may be aliases of the
/// machine that it is typed on.
std::string getMpiCommand(const PlanFile &plan, llvm::StringRef path);

/// Writes Open MPI's host file for a plan: the command, and the device of each
/// rank, one a line, for `mpirun --hostfile FILE --map-by seq`.
void writeHostfile(const PlanFile &plan, llvm::raw_ostream &os);

/// Prints the summary for people: what the plan is worth to them first.
void printPlan(const Plan &plan, llvm::raw_ostream &os);

/// Prints where the parts are and how to run them, as lines of the summary.
/// `onHosts` where the devices are hosts to MPI.
void printParts(const Plan &plan, llvm::StringRef folder, bool onHosts,
                llvm::raw_ostream &os);

} // namespace onnx_split

#endif // ONNX_SPLIT_PLAN_PLAN_H
