//===- SavedPlan.cpp - Reading plan.json ----------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Plan/SavedPlan.h"

#include "PlanJson.h"

using namespace llvm;
using namespace onnx_split;

Expected<SavedPlan> onnx_split::parsePlan(StringRef text, StringRef name) {
  Expected<PlanFile> file = parsePlanFile(text, name, PlanUse::Apply);
  if (!file)
    return file.takeError();
  SavedPlan plan;
  plan.sourceDigest = std::move(file->sourceDigest);
  plan.options = std::move(file->options);
  for (PlanFile::Stage &stage : file->stages) {
    SavedPlan::Stage &saved = plan.stages.emplace_back();
    saved.device = std::move(stage.device);
    for (PlanFile::Replica &replica : stage.replicas)
      saved.replicas.push_back(std::move(replica.device));
    saved.nodes = std::move(stage.nodes);
  }
  return plan;
}

Expected<SavedPlan> onnx_split::readPlan(StringRef path) {
  auto buffer = readPlanText(path);
  if (!buffer)
    return buffer.takeError();
  return parsePlan((*buffer)->getBuffer(), path);
}
