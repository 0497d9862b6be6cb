//===- CoreShare.h - How much of a core a thread gets -----------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A device that does something else meanwhile looks slower than it is. The
/// time that a thread waited for a core although it could have run tells, and
/// what its control group allows tells how much of that is meant.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_RUNTIME_MPI_MEASURE_CORESHARE_H
#define ONNX_SPLIT_LIB_RUNTIME_MPI_MEASURE_CORESHARE_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>

namespace onnx_split::runtime {

/// Watches the calling thread from its construction on.
class CoreShare {
public:
  CoreShare();
  /// The part of a core that the thread had of the time in which it could have
  /// run: 1 where it never waited for one. What another guest of the machine
  /// takes does not show. Nothing where the system does not say.
  std::optional<double> get() const;

private:
  int64_t waited = -1, used = 0;
};

/// The cores that all threads of this process may use together by the limits of
/// its control group and those above it; nothing where there is no limit.
std::optional<double> findAllowedCores();

/// The limit that a control group's files state: "cpu.max" of version 2, or
/// those of quota and period of version 1 with a space between them.
std::optional<double> parseCoreLimit(llvm::StringRef text);

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_LIB_RUNTIME_MPI_MEASURE_CORESHARE_H
