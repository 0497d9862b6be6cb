//===- Table.h - Tables for people ------------------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_SUPPORT_TABLE_H
#define ONNX_SPLIT_SUPPORT_TABLE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/raw_ostream.h"

#include <string>
#include <vector>

namespace onnx_split {

/// Rows of cells, all of the same number; columns are as wide as their widest
/// cell.
class Table {
public:
  explicit Table(std::vector<std::string> header) { add(std::move(header)); }
  void add(std::vector<std::string> row) { rows.push_back(std::move(row)); }
  /// The columns listed are flush left, the others right.
  void print(llvm::raw_ostream &os, llvm::ArrayRef<size_t> leftColumns) const;

private:
  std::vector<std::vector<std::string>> rows;
};

} // namespace onnx_split

#endif // ONNX_SPLIT_SUPPORT_TABLE_H
