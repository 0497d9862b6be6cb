//===- FuzzProfileReader.cpp - Any bytes as measurements ------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../../lib/Cluster/Profile/ProfileFile.h"

#include "llvm/Support/MemoryBuffer.h"

using namespace onnx_split;

/// Whatever the text, each reader returns something or says why not.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  // The readers are given texts that are not empty.
  if (size == 0)
    return 0;
  llvm::StringRef text(reinterpret_cast<const char *>(data), size);
  llvm::SourceMgr sourceMgr;
  sourceMgr.setDiagHandler([](const llvm::SMDiagnostic &, void *) {});
  sourceMgr.AddNewSourceBuffer(
      llvm::MemoryBuffer::getMemBuffer(text, "profile.json",
                                       /*RequiresNullTerminator=*/false),
      llvm::SMLoc());
  Diagnostics ofText(sourceMgr);
  if (!ofText.checkText(text))
    return 0;
  Diagnostics ofProfile(sourceMgr), ofIperf(sourceMgr);
  if (!cluster::readProfile(text, "profile.json", ofProfile) &&
      !ofProfile.failed())
    __builtin_trap();
  if (cluster::readIperf(text, ofIperf).has_value() == ofIperf.failed())
    __builtin_trap();
  return 0;
}
