//===- DiagnosticPrinter.h - Diagnostics for people -------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Prints diagnostics to standard error: `file: place: error: message`, where
/// the place is a node of the model or a line and column. MLIR's own handler
/// would quote the source line, and the source is binary.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_SUPPORT_DIAGNOSTICPRINTER_H
#define ONNX_SPLIT_SUPPORT_DIAGNOSTICPRINTER_H

#include "mlir/IR/Diagnostics.h"

namespace onnx_split {

/// In the metadata of a remark that explains a result rather than an input.
inline constexpr llvm::StringLiteral ExplanationMark = "explanation";

/// Prints while it lives.
class DiagnosticPrinter : public mlir::ScopedDiagnosticHandler {
public:
  DiagnosticPrinter(mlir::MLIRContext *context, llvm::raw_ostream &os);

  /// From now on remarks that explain are not printed but kept here, without
  /// their places and with their notes behind them.
  void keepRemarks() { keepsRemarks = true; }
  std::vector<std::string> remarks;

private:
  bool keepsRemarks = false;
};

} // namespace onnx_split

#endif // ONNX_SPLIT_SUPPORT_DIAGNOSTICPRINTER_H
