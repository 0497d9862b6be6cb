//===- Outlook.h - What a plan is compared with -----------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What single devices do with the model, and plans of other kinds that are
/// worth a look. Noted on the module as a dictionary for the summary.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_OUTLOOK_H
#define ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_OUTLOOK_H

#include "onnx-split/Conversion/ModelToProblem/BuildProblem.h"
#include "onnx-split/Placement/Placement.h"

#include "mlir/IR/BuiltinAttributes.h"

namespace onnx_split::split {

/// `single`: for one device of each kind its `device` with `bottleneck_ns` and
/// `latency_ns`, or with `reason`. `reference`: the device that the model would
/// be on without a plan, which is the ingress device or that of the first
/// stage. `hints`: sentences, if any, on plans that are at least as good with
/// fewer devices, or better with replicas, where `seconds` suffice to find
/// them.
mlir::DictionaryAttr describeOutlook(const ModelProblem &problem,
                                     const placement::Result &result,
                                     placement::SolveOptions options,
                                     double seconds,
                                     mlir::MLIRContext *context);

/// The same with `pareto`: of each plan that no other beats in both rate and
/// latency its `interval_ns`, `latency_ns`, `devices` and whether it is
/// `proven`; and `pareto_complete`, whether these are known to be all of
/// `pareto_class`. Nothing is where the problem is not the whole one, since
/// copies of nodes or other operating points count as well (`isWhole`).
mlir::DictionaryAttr addFront(mlir::DictionaryAttr outlook,
                              const placement::Problem &problem,
                              placement::SolveOptions options, bool isWhole);

} // namespace onnx_split::split

#endif // ONNX_SPLIT_CONVERSION_MODELTOPROBLEM_OUTLOOK_H
