//===- Walk.h - Visiting elements under other axes --------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Most operators that move elements are one walk over their result, along
/// which the place in an operand follows from a start and a stride for each
/// axis. Private to the library.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_INFERENCE_VALUES_WALK_H
#define ONNX_SPLIT_LIB_INFERENCE_VALUES_WALK_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <optional>

namespace onnx_split::values {

using Extents = llvm::SmallVector<int64_t, 6>;

/// A place that depends on a position linearly. A stride of 0 repeats elements.
struct View {
  int64_t start = 0;
  Extents strides;
};

/// The elements of a tensor with the given extents in row-major order. The
/// product of the extents must not overflow, unless one is zero: then there are
/// no places, and all strides are 0.
View rowMajor(llvm::ArrayRef<int64_t> dims);
/// The position along one axis.
View coordinate(size_t rank, size_t axis);
/// A tensor whose axes are those of the result from `firstAxis` on, repeated
/// along axes where its extent is 1 and the result's is not.
View broadcastTo(llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<int64_t> result,
                 size_t firstAxis);
/// The same for the last axes of the result, as ONNX broadcasts.
View broadcastTo(llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<int64_t> result);
/// The extents to which two tensors are broadcast; none where they do not fit.
std::optional<Extents> broadcastExtents(llvm::ArrayRef<int64_t> a,
                                        llvm::ArrayRef<int64_t> b);

/// Visits the positions of a tensor in row-major order. `visit` gets the number
/// of the position and the place of each view. Takes time by the number of
/// positions, which must not overflow.
void walk(llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<View> views,
          llvm::function_ref<void(int64_t, llvm::ArrayRef<int64_t>)> visit);

/// An axis counted from the end where it is negative; none where there is none.
std::optional<int64_t> axisOf(int64_t axis, size_t rank);
/// Marks axes; none where one of them does not exist or stands there twice.
std::optional<llvm::SmallVector<bool>> axisSet(llvm::ArrayRef<int64_t> axes,
                                               size_t rank);

} // namespace onnx_split::values

#endif // ONNX_SPLIT_LIB_INFERENCE_VALUES_WALK_H
