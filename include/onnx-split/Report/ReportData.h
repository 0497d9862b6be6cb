//===- ReportData.h - report.json -------------------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What a picture of a plan needs beside plan.json: docs/report.schema.json.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_REPORT_REPORTDATA_H
#define ONNX_SPLIT_REPORT_REPORTDATA_H

#include "onnx-split/Plan/Plan.h"

namespace onnx_split {

/// Writes report.json from a module that the whole pipeline ran on, with the
/// option `report` of split-place, and the plan that was gathered from it.
/// Linear in nodes and tensors, and in the pairs of devices.
void writeReportData(mlir::ModuleOp module, const Plan &plan,
                     llvm::raw_ostream &os);

} // namespace onnx_split

#endif // ONNX_SPLIT_REPORT_REPORTDATA_H
