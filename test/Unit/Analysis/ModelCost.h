//===- ModelCost.h - Cost of a whole model, straight from its file *- C++
//-*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A second, small reader beside the importer: ONNX's own parser and shape
/// inference in front of the cost functions, so that figures of whole models
/// check the formulas alone.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_TEST_UNIT_ANALYSIS_MODELCOST_H
#define ONNX_SPLIT_TEST_UNIT_ANALYSIS_MODELCOST_H

#include "onnx-split/Analysis/OpCost.h"

#include <map>
#include <optional>
#include <string>

namespace onnx_split::test {

struct ModelCost {
  /// Sum over all nodes that depend on the model's inputs.
  OpCost total;
  /// Multiply-accumulates by operator.
  std::map<std::string, int64_t> macs;
  /// Nodes marked unknown, by operator.
  std::map<std::string, int64_t> unknown;
};

/// None where the file cannot be read.
std::optional<ModelCost> computeModelCost(const std::string &path);

} // namespace onnx_split::test

#endif // ONNX_SPLIT_TEST_UNIT_ANALYSIS_MODELCOST_H
