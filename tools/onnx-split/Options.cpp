//===- Options.cpp - The command line's options ---------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Options.h"

#include "onnx-split/Support/Duration.h"

#include "mlir/IR/Diagnostics.h"

using namespace mlir;
using namespace onnx_split;

FailureOr<std::unique_ptr<PipelineOptions>>
onnx_split::makePipelineOptions(const Options &options, Location loc) {
  double seconds = parseDuration(options.timeLimit);
  if (seconds == 0)
    return emitError(loc) << "--time-limit takes a time such as 10s, 500ms or "
                             "2min, not '"
                          << options.timeLimit.getValue() << "'";
  if (options.maxStages.getNumOccurrences() > 0 && options.maxStages == 0)
    return emitError(loc) << "--max-stages takes a number of at least 1";
  if (options.targetRate.getNumOccurrences() > 0 &&
      !(options.targetRate > 0 && options.targetRate < 1e12))
    return emitError(loc) << "--target-rate takes a number of items/s above 0";
  if (!(options.gap >= 0 && options.gap < 1))
    return emitError(loc) << "--gap takes a number of at least 0 and below 1";

  auto pipeline = std::make_unique<PipelineOptions>();
  pipeline->devices = options.devices.getValue();
  pipeline->boundary = options.boundary.getValue();
  pipeline->strategy = options.strategy.getValue();
  pipeline->objective = options.objective.getValue();
  pipeline->targetRate = options.targetRate.getValue();
  pipeline->revisit = options.revisit.getValue();
  pipeline->replicate = options.replicate.getValue();
  pipeline->timeLimit = seconds;
  pipeline->gap = options.gap.getValue();
  pipeline->seed = options.seed.getValue();
  pipeline->maxStages = options.maxStages.getValue();
  pipeline->unknownOp = options.unknownOp.getValue();
  pipeline->explain = options.explain.getValue();
  pipeline->plan = options.plan.getValue();
  auto copy = [](const cl::list<std::string> &from, auto &to) {
    for (const std::string &value : from)
      to.push_back(value);
  };
  copy(options.shapes, pipeline->shapes);
  copy(options.dims, pipeline->dims);
  copy(options.pins, pipeline->pins);
  copy(options.cuts, pipeline->cuts);
  copy(options.noCuts, pipeline->noCuts);
  return pipeline;
}
