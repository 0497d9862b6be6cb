//===- NarrowOrder.h - An order with little between its parts ---*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_REORDERING_NARROWORDER_H
#define ONNX_SPLIT_LIB_PLACEMENT_REORDERING_NARROWORDER_H

#include "onnx-split/Placement/Ideals.h"
#include "onnx-split/Placement/Problem.h"

namespace onnx_split::placement {

/// The tasks in a topological order in which those of an atom are neighbours
/// and few bytes are open between neighbours: of the atoms that can come next,
/// the one after which fewest bytes are open, and of equals the one that became
/// possible last. What only adds to the open bytes then moves to just before
/// its first reader. Almost independent of the given order, which only decides
/// between atoms that are alike in both. O((tasks + readers) log tasks) time
/// but for a constant number of atoms that are looked at for each.
std::vector<int32_t> narrowOrder(const Problem &problem, const Atoms &atoms);

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_REORDERING_NARROWORDER_H
