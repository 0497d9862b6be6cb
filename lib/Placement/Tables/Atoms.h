//===- Atoms.h - Tasks that no plan takes apart -----------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What searches move as one.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_PLACEMENT_TABLES_ATOMS_H
#define ONNX_SPLIT_LIB_PLACEMENT_TABLES_ATOMS_H

#include "onnx-split/Placement/Ideals.h"
#include "onnx-split/Placement/Problem.h"

namespace onnx_split::placement {

/// The tasks of a problem, those merged that must share a stage because
/// `isTied` holds for a tensor between them. With `givenOrder` each task also
/// follows the one before, so that atoms are intervals of the order. Linear.
template <typename IsTied>
Atoms atomsOf(const Problem &p, bool givenOrder, IsTied isTied) {
  Edges edges, together;
  for (size_t t = 1; t < p.tasks.size() && givenOrder; ++t)
    edges.push_back({static_cast<int32_t>(t) - 1, static_cast<int32_t>(t)});
  for (const Tensor &tensor : p.tensors) {
    if (tensor.producer == None)
      continue;
    bool tied = isTied(tensor);
    for (int32_t reader : tensor.consumers) {
      edges.push_back({tensor.producer, reader});
      if (tied)
        together.push_back(edges.back());
    }
  }
  return contractAtoms(static_cast<int32_t>(p.tasks.size()), edges, together);
}

} // namespace onnx_split::placement

#endif // ONNX_SPLIT_LIB_PLACEMENT_TABLES_ATOMS_H
