//===- LinearProgram.h - Least cost within linear limits --------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A linear programme in floating point, and its dual values by HiGHS, where
/// the build has it. Nothing is proven by them: who uses them rounds them and
/// computes in integers what they show.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_BOUNDS_LINEARPROGRAM_H
#define ONNX_SPLIT_LIB_PLACEMENT_BOUNDS_LINEARPROGRAM_H

#include <cstdint>
#include <limits>
#include <vector>

namespace onnx_split::placement {

/// Minimise cost x within lower <= x <= upper and rowLower <= A x <= rowUpper.
struct LinearProgram {
  static constexpr double Infinity = std::numeric_limits<double>::infinity();

  std::vector<double> cost, lower, upper;
  std::vector<double> rowLower, rowUpper;
  /// A by rows: rowBegin[r] is where the entries of row r begin.
  std::vector<int32_t> rowBegin, column;
  std::vector<double> value;

  int32_t addColumn(double columnCost, double least, double most) {
    cost.push_back(columnCost);
    lower.push_back(least);
    upper.push_back(most);
    return static_cast<int32_t>(cost.size()) - 1;
  }
  /// What is entered next is in this row.
  int32_t addRow(double least, double most) {
    rowBegin.push_back(static_cast<int32_t>(column.size()));
    rowLower.push_back(least);
    rowUpper.push_back(most);
    return static_cast<int32_t>(rowLower.size()) - 1;
  }
  void enter(int32_t ofColumn, double entry) {
    column.push_back(ofColumn);
    value.push_back(entry);
  }
};

/// Whether the build can solve programmes.
bool hasLinearPrograms();

/// An optimum, or as near to one as the time allows.
struct LinearSolution {
  /// Of the rows: at least 0 for those that are at their lower limit, at most 0
  /// at their upper one. Empty: there are none.
  std::vector<double> duals;
  /// Of the columns. Empty: there are none.
  std::vector<double> values;
};
/// How. The simplex method has dual values that bound something whenever it is
/// stopped, and the interior point method has its in a time that varies less.
enum class LinearMethod { Simplex, InteriorPoint };
LinearSolution solveLinear(const LinearProgram &program, double seconds,
                           LinearMethod method = LinearMethod::Simplex);

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_BOUNDS_LINEARPROGRAM_H
