//===- PlacementsFile.h - All plans of a run in one file --------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_INSTANCES_PLACEMENTSFILE_H
#define ONNX_SPLIT_INSTANCES_PLACEMENTSFILE_H

#include "onnx-split/Instances/Run.h"

namespace onnx_split::instances {

/// Plans of any format, for others to check: a JSON object with `version` and
/// `placements`. Each of those is a placement (docs/placement.schema.json) that
/// also says of which instance it is and what its row says of it; `names` of a
/// stage are what the instance's own file calls what is on it.
class PlacementsFile {
public:
  void add(const Instance &instance, const FoundPlan &plan);
  /// Reports to standard error, and returns false, where that fails.
  bool write(llvm::StringRef path) const;

private:
  /// The text of each.
  std::vector<std::string> placements;
};

} // namespace onnx_split::instances

#endif // ONNX_SPLIT_INSTANCES_PLACEMENTSFILE_H
