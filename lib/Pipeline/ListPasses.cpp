//===- ListPasses.cpp - The passes of this project, for help --------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Pipeline/ListPasses.h"

#include "mlir/Pass/PassRegistry.h"
#include "llvm/ADT/STLExtras.h"

using namespace onnx_split;

std::vector<HelpGroup> onnx_split::listPasses() {
  std::vector<HelpGroup> groups = {
      {"All passes in their order, with the options of onnx-split", {}},
      {"Passes on a model", {}},
      {"Passes that split it", {}}};
  for (const auto &entry : llvm::cl::getRegisteredOptions()) {
    llvm::StringRef name = entry.first;
    const mlir::PassRegistryEntry *pipeline =
        mlir::PassPipelineInfo::lookup(name);
    const mlir::PassRegistryEntry *pass = mlir::PassInfo::lookup(name);
    if (pipeline)
      groups[0].entries.push_back(
          {name.str(), pipeline->getPassDescription().str()});
    else if (pass)
      groups[name.starts_with("onnx-") ? 1 : 2].entries.push_back(
          {name.str(), pass->getPassDescription().str()});
  }
  for (HelpGroup &group : groups)
    llvm::sort(group.entries);
  return groups;
}
