//===- WriteHostfile.cpp - Which host runs which rank ---------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Plan/Plan.h"

using namespace onnx_split;

void onnx_split::writeHostfile(const PlanFile &plan, llvm::raw_ostream &os) {
  int64_t ranks = 0;
  for (const PlanFile::Stage &stage : plan.stages)
    ranks += stage.countDevices();
  // Stages come first, then replicas, in the order of their ranks.
  std::vector<std::string> devices(ranks);
  for (const PlanFile::Stage &stage : plan.stages)
    for (int64_t number = 0; number < stage.countDevices(); ++number)
      devices[stage.rankOf(number)] = stage.deviceOf(number);
  // A rank file would do as well, but binds each rank to a core.
  os << "# mpirun --hostfile hostfile --map-by seq -np " << ranks
     << " onnx-split-run plan.json\n"
        "# One host for each rank, in their order; devices are host names.\n";
  for (const std::string &device : devices)
    os << device << "\n";
}
