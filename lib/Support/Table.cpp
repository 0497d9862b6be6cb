//===- Table.cpp - Tables for people --------------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Support/Table.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"

using namespace onnx_split;

void Table::print(llvm::raw_ostream &os,
                  llvm::ArrayRef<size_t> leftColumns) const {
  std::vector<size_t> widths(rows.front().size());
  for (const auto &row : rows)
    for (auto [width, cell] : llvm::zip(widths, row))
      width = std::max(width, cell.size());
  for (const auto &row : rows) {
    for (auto [column, cell] : llvm::enumerate(row)) {
      if (column > 0)
        os << "  ";
      // No blanks at the end of a line.
      bool last = column + 1 == row.size();
      if (llvm::is_contained(leftColumns, column))
        os << (last ? llvm::left_justify(cell, 0)
                    : llvm::left_justify(cell, widths[column]));
      else
        os << llvm::right_justify(cell, widths[column]);
    }
    os << "\n";
  }
}
