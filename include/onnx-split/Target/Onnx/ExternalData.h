//===- ExternalData.h - Files of external tensor data -----------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Finds the file that an external tensor lies in, and refuses every way out of
/// the model's folder (ONNX "External Data" specification; CVE-2022-25882,
/// CVE-2024-27318 and their successors show why).
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_TARGET_ONNX_EXTERNALDATA_H
#define ONNX_SPLIT_TARGET_ONNX_EXTERNALDATA_H

#include "onnx/onnx_pb.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <string>

namespace onnx_split {

/// A checked reference to external data.
struct ExternalRange {
  /// Path of the file, the model's folder included.
  std::string path;
  /// False where the data is not there and that is tolerated.
  bool exists = false;
  uint64_t offset = 0;
  uint64_t length = 0;
  /// SHA-1 of the whole file as the model states it, in hexadecimal; may be
  /// empty.
  std::string checksum;
};

/// What is tolerated of the files of external data.
struct ExternalDataRules {
  /// Files that do not exist, are empty, or are pointers of Git LFS.
  bool allowMissing = false;
  /// Symbolic links, and files that have further names (hard links). By either,
  /// a model could have another program's file copied into its parts; ONNX's
  /// own checker refuses both. Model hubs keep their files that way.
  bool allowLinks = false;
};

/// Resolves the external_data entries of `tensor` for a model in `folder`. The
/// range lies inside the file. Without a length, or with 0, it is what shape
/// and type ask for, or else the rest of the file. `expectedBytes` is what
/// shape and type ask for, where known: the data must not be shorter.
llvm::Expected<ExternalRange>
resolveExternalData(const onnx::TensorProto &tensor, llvm::StringRef folder,
                    std::optional<uint64_t> expectedBytes,
                    const ExternalDataRules &rules);

/// Compares a file with the checksum that a model states. Reads the whole file,
/// in pieces.
llvm::Error verifyChecksum(llvm::StringRef path, llvm::StringRef checksum);

} // namespace onnx_split

#endif // ONNX_SPLIT_TARGET_ONNX_EXTERNALDATA_H
