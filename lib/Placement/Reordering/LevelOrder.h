//===- LevelOrder.h - An order by depth -------------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_REORDERING_LEVELORDER_H
#define ONNX_SPLIT_LIB_PLACEMENT_REORDERING_LEVELORDER_H

#include "onnx-split/Placement/Ideals.h"

namespace onnx_split::placement {

/// The tasks by the depth of their atoms, half way between the first and the
/// last level that each can have, so that parallel branches keep pace and no
/// tensor is open longer than it must. Ties keep the numbers of the atoms.
/// Linear but for sorting.
std::vector<int32_t> levelOrder(const Atoms &atoms);

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_REORDERING_LEVELORDER_H
