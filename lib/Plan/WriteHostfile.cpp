//===- WriteHostfile.cpp - Which host runs which rank ---------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "onnx-split/Plan/Plan.h"

#include "llvm/Support/raw_ostream.h"

using namespace onnx_split;

void onnx_split::writeHostfile(const Plan &plan, llvm::raw_ostream &os) {
  size_t ranks = plan.stages.size();
  for (const Plan::Stage &stage : plan.stages)
    ranks += stage.replicas.size();
  // Stages come first, then replicas, in the order of their ranks.
  std::vector<std::string> devices(ranks);
  for (const Plan::Stage &stage : plan.stages) {
    devices[stage.part.getRank()] = stage.part.getDevice().str();
    for (const Plan::Stage::Replica &replica : stage.replicas)
      devices[replica.rank] = replica.device;
  }
  // A rank file would do as well, but binds each rank to a core.
  os << "# mpirun --hostfile hostfile --map-by seq -np " << ranks
     << " onnx-split-run plan.json\n"
        "# One host for each rank, in their order; devices are host names.\n";
  for (const std::string &device : devices)
    os << device << "\n";
}
