//===- ClusterTestUtil.h - Parsing texts in tests ---------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_TEST_UNIT_CLUSTER_CLUSTERTESTUTIL_H
#define ONNX_SPLIT_TEST_UNIT_CLUSTER_CLUSTERTESTUTIL_H

#include "onnx-split/Cluster/Cluster.h"

#include "llvm/ADT/StringRef.h"
#include "gtest/gtest.h"

#include <optional>
#include <string>
#include <vector>

namespace onnx_split {

struct Parsed {
  std::optional<Cluster> cluster;
  /// "file:line:column: error: text", in the order of their report.
  std::vector<std::string> messages;
};

/// Parses a text as the file `name`, which messages repeat without folder.
Parsed parseText(llvm::StringRef text, llvm::StringRef name = "c.yaml");

/// A cluster that must parse without any message; empty after a test failure.
Cluster parseGood(llvm::StringRef text, llvm::StringRef name = "c.yaml");

/// The messages of a text that must not parse.
std::vector<std::string> parseBad(llvm::StringRef text,
                                  llvm::StringRef name = "c.yaml");

/// `body` after two lines that name the version and the devices a, b and c.
std::string withDevices(llvm::StringRef body);

/// Every link as "bandwidth/latency" in bit/s and ns, a row for each sender.
std::vector<std::string> linkRows(const Cluster &cluster);

/// A folder that exists as long as this object.
class ClusterFolder {
public:
  ClusterFolder();
  ~ClusterFolder();

  std::string path(llvm::StringRef name) const;
  void write(llvm::StringRef name, llvm::StringRef content) const;

private:
  std::string folder;
};

using Messages = std::vector<std::string>;

} // namespace onnx_split

#endif // ONNX_SPLIT_TEST_UNIT_CLUSTER_CLUSTERTESTUTIL_H
