//===- ReferencedFile.h - Files beside a cluster file -----------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Files that a cluster file names, under one set of rules: inside its folder,
/// ordinary, text, and no larger than they need to be.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_CLUSTER_REFERENCEDFILE_H
#define ONNX_SPLIT_LIB_CLUSTER_REFERENCEDFILE_H

#include "onnx-split/Support/Text/YamlTree.h"

namespace onnx_split::cluster {

/// The text of the file that a key names, relative to `folder`. `expected` says
/// what belongs there: "the name of a CSV file". The source manager keeps the
/// text, so that places in it are locations. Reports, and returns none, what is
/// not a path below the folder, cannot be read, has over `maxMebibytes`, or is
/// no UTF-8.
std::optional<llvm::StringRef> readReferencedFile(const YamlNode &path,
                                                  llvm::StringRef folder,
                                                  llvm::StringRef expected,
                                                  uint64_t maxMebibytes,
                                                  Diagnostics &diagnostics);

} // namespace onnx_split::cluster

#endif // ONNX_SPLIT_LIB_CLUSTER_REFERENCEDFILE_H
