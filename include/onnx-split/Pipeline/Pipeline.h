//===- Pipeline.h - The pass pipeline ---------------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The one list of passes that every program runs, and the registration of
/// everything that a program of this project knows.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_PIPELINE_PIPELINE_H
#define ONNX_SPLIT_PIPELINE_PIPELINE_H

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

namespace onnx_split {

/// Options of the whole pipeline. Names and meaning are those of the command
/// line, see the passes.
struct PipelineOptions : public mlir::PassPipelineOptions<PipelineOptions> {
  Option<std::string> devices{*this, "devices",
                              llvm::cl::desc("The cluster file (YAML)"),
                              llvm::cl::init("")};
  Option<std::string> boundary{*this, "boundary",
                               llvm::cl::desc("ops, io or opaque"),
                               llvm::cl::init("ops")};
  Option<std::string> strategy{
      *this, "strategy",
      llvm::cl::desc("auto, exact, local-search, k-path, greedy or random"),
      llvm::cl::init("auto")};
  Option<std::string> objective{
      *this, "objective", llvm::cl::desc("throughput, latency or devices"),
      llvm::cl::init("throughput")};
  Option<double> targetRate{*this, "target-rate",
                            llvm::cl::desc("Items/s to reach"),
                            llvm::cl::init(0)};
  Option<bool> revisit{*this, "revisit",
                       llvm::cl::desc("A device may hold several stages"),
                       llvm::cl::init(false)};
  Option<bool> replicate{*this, "replicate",
                         llvm::cl::desc("Devices may run a stage in turn"),
                         llvm::cl::init(false)};
  Option<double> timeLimit{*this, "time-limit",
                           llvm::cl::desc("Seconds to plan for"),
                           llvm::cl::init(10)};
  Option<double> gap{*this, "gap", llvm::cl::desc("Relative gap to stop at"),
                     llvm::cl::init(0)};
  Option<uint64_t> seed{*this, "seed", llvm::cl::desc("Seed"),
                        llvm::cl::init(0)};
  Option<unsigned> maxStages{*this, "max-stages",
                             llvm::cl::desc("At most this many stages"),
                             llvm::cl::init(0)};
  Option<std::string> unknownOp{*this, "unknown-op",
                                llvm::cl::desc("bytes or error"),
                                llvm::cl::init("bytes")};
  Option<std::string> plan{*this, "plan",
                           llvm::cl::desc("A plan.json to apply"),
                           llvm::cl::init("")};
  Option<bool> explain{*this, "explain",
                       llvm::cl::desc("Say what limits the plan"),
                       llvm::cl::init(false)};
  ListOption<std::string> shapes{*this, "shape",
                                 llvm::cl::desc("NAME=1x3x224x224")};
  ListOption<std::string> dims{*this, "dim", llvm::cl::desc("NAME=1")};
  ListOption<std::string> assumes{*this, "assume",
                                  llvm::cl::desc("NAME=1, for planning alone")};
  ListOption<std::string> alsos{*this, "also", llvm::cl::desc("NAME=V,...")};
  ListOption<std::string> pins{*this, "pin", llvm::cl::desc("PATTERN=DEVICE")};
  ListOption<std::string> cuts{*this, "cut", llvm::cl::desc("TENSOR")};
  ListOption<std::string> noCuts{*this, "no-cut", llvm::cl::desc("TENSOR")};
};

/// Adds every pass from an imported model to parts that can be exported.
void buildSplitPipeline(mlir::OpPassManager &manager,
                        const PipelineOptions &options);

/// Registers this project's dialects.
void registerDialects(mlir::DialectRegistry &registry);

/// Registers this project's passes, and the pipeline as `split-pipeline`.
void registerPasses();

} // namespace onnx_split

#endif // ONNX_SPLIT_PIPELINE_PIPELINE_H
