//===- Providers.h - Execution providers ------------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Execution providers: which one a session uses, and how much of a part it
/// took. One that is no part of the loaded ONNX Runtime is a plug-in, in a
/// library that the option `library=PATH` names.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_RUNTIME_PROVIDERS_H
#define ONNX_SPLIT_RUNTIME_PROVIDERS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <onnxruntime_cxx_api.h>

#include <map>
#include <optional>
#include <string>

namespace onnx_split::runtime {

/// A provider by the name that ONNX Runtime gives it.
struct Provider {
  std::string name = "CPUExecutionProvider";
  /// `library` and `device` are for plug-ins and ours; all others are the
  /// provider's.
  std::map<std::string, std::string> options = {};

  bool isCpu() const { return name == "CPUExecutionProvider"; }
};

/// Reads `NAME[,KEY=VALUE...]`.
llvm::Expected<Provider> parseProvider(llvm::StringRef text);

/// What a provider took of a part, as ONNX Runtime assigned its nodes after its
/// first optimisations: some nodes of the file may be folded or fused by then.
struct NodeAssignment {
  int64_t nodes = 0;
  /// Nodes that are computed elsewhere, by operator.
  std::map<std::string, int64_t> elsewhere = {};

  int64_t countElsewhere() const;
  /// "X left 3 of 40 nodes to another provider: 2 Cast, 1 NonZero"; empty where
  /// it took all.
  std::string describe(llvm::StringRef provider) const;
};

/// Makes sessions with these settings use the provider. An error where there is
/// no such provider, or it cannot start. The CPU's needs nothing.
llvm::Error useProvider(const Provider &provider, Ort::Env &environment,
                        Ort::SessionOptions &settings);

/// What the provider took of a session that was made with it. Nothing for the
/// CPU's, and before ONNX Runtime 1.24, which does not say it.
llvm::Expected<std::optional<NodeAssignment>>
readAssignment(const Provider &provider, const Ort::Session &session);

} // namespace onnx_split::runtime

#endif // ONNX_SPLIT_RUNTIME_PROVIDERS_H
