//===- ClusterTestUtil.cpp - Parsing texts in tests -----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ClusterTestUtil.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace onnx_split {

static void keepMessage(const SMDiagnostic &diagnostic, void *messages) {
  std::string kind =
      diagnostic.getKind() == SourceMgr::DK_Error ? "error" : "note";
  static_cast<Messages *>(messages)->push_back(
      sys::path::filename(diagnostic.getFilename()).str() + ":" +
      std::to_string(diagnostic.getLineNo()) + ":" +
      std::to_string(diagnostic.getColumnNo() + 1) + ": " + kind + ": " +
      diagnostic.getMessage().str());
}

Parsed parseText(StringRef text, StringRef name) {
  Parsed parsed;
  SourceMgr sourceMgr;
  sourceMgr.setDiagHandler(keepMessage, &parsed.messages);
  parsed.cluster = parseCluster(MemoryBufferRef(text, name), sourceMgr);
  // Whoever parses keeps the handler: it must be back in place.
  EXPECT_EQ(sourceMgr.getDiagContext(), &parsed.messages);
  return parsed;
}

Cluster parseGood(StringRef text, StringRef name) {
  Parsed parsed = parseText(text, name);
  EXPECT_EQ(parsed.messages, Messages());
  EXPECT_TRUE(parsed.cluster.has_value()) << text.str();
  return parsed.cluster.value_or(Cluster());
}

Messages parseBad(StringRef text, StringRef name) {
  Parsed parsed = parseText(text, name);
  EXPECT_FALSE(parsed.cluster.has_value()) << text.take_front(1000).str();
  EXPECT_FALSE(parsed.messages.empty());
  return parsed.messages;
}

std::string withDevices(StringRef body) {
  return ("version: 1\ndevices: [{name: a}, {name: b}, {name: c}]\n" + body)
      .str();
}

std::vector<std::string> linkRows(const Cluster &cluster) {
  std::vector<std::string> rows;
  int32_t size = static_cast<int32_t>(cluster.devices.size());
  for (int32_t from = 0; from < size; ++from) {
    std::string row;
    for (int32_t to = 0; to < size; ++to) {
      const Link &link = cluster.link(from, to);
      row += (to ? " " : "") + std::to_string(link.bitsPerSecond) + "/" +
             std::to_string(link.latencyNs);
      if (link.messageNs != 0)
        row += "+" + std::to_string(link.messageNs);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

ClusterFolder::ClusterFolder() {
  SmallString<128> created;
  EXPECT_FALSE(sys::fs::createUniqueDirectory("onnx-split-cluster", created));
  folder = created.str().str();
}

ClusterFolder::~ClusterFolder() {
  sys::fs::remove_directories(folder, /*IgnoreErrors=*/true);
}

std::string ClusterFolder::path(StringRef name) const {
  SmallString<128> result(folder);
  sys::path::append(result, name);
  return result.str().str();
}

void ClusterFolder::write(StringRef name, StringRef content) const {
  std::error_code error;
  raw_fd_ostream stream(path(name), error);
  ASSERT_FALSE(error) << error.message();
  stream << content;
}

} // namespace onnx_split
