//===- FuzzProblemReader.cpp - Any bytes as a problem.json ----------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What is read is a problem that can be evaluated, and is read from what it is
/// written as; what is not read is reported. Placements, of a problem of two
/// tasks, likewise.
///
//===----------------------------------------------------------------------===//

#include "onnx-split/Instances/ProblemFile.h"

#include "llvm/Support/MemoryBuffer.h"

#include <cstdint>

using namespace onnx_split;
using namespace onnx_split::instances;

/// Reads a text; whether anything was reported goes to `isReported`.
template <typename F> static auto read(llvm::StringRef text, F reader) {
  struct Outcome {
    decltype(reader(std::declval<llvm::MemoryBufferRef>(),
                    std::declval<llvm::SourceMgr &>())) value;
    bool isReported = false;
  } outcome;
  llvm::SourceMgr sourceMgr;
  sourceMgr.setDiagHandler(
      [](const llvm::SMDiagnostic &, void *isReported) {
        *static_cast<bool *>(isReported) = true;
      },
      &outcome.isReported);
  auto buffer = llvm::MemoryBuffer::getMemBufferCopy(text, "p.json");
  llvm::MemoryBufferRef ref = *buffer;
  sourceMgr.AddNewSourceBuffer(std::move(buffer), llvm::SMLoc());
  outcome.value = reader(ref, sourceMgr);
  if (outcome.value.has_value() == outcome.isReported)
    __builtin_trap();
  return outcome.value;
}

static std::string write(const ProblemFile &file) {
  std::string text;
  llvm::raw_string_ostream os(text);
  writeProblem(file, os);
  return text;
}

/// Two tasks, of which each is a node.
static ProblemFile makeSmall() {
  ProblemFile file;
  file.problem.tasks.resize(2);
  file.problem.tasks[0].name = "n";
  file.problem.devices.resize(2);
  file.problem.devices[1].name = "b";
  file.problem.taskTime = {1, 2};
  file.problem.links.resize(4);
  file.sourceDigest = "00";
  file.nodes = {{0, {}}, {1, {"then", "0"}}};
  return file;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::StringRef text(reinterpret_cast<const char *>(data), size);
  static const ProblemFile small = makeSmall();
  auto placement = read(text, [](auto buffer, auto &sourceMgr) {
    return readPlacement(buffer, small, sourceMgr);
  });
  if (placement)
    (void)evaluate(small.problem, *placement);
  std::optional<ProblemFile> file = read(text, readProblem);
  if (!file)
    return 0;
  std::string written = write(*file);
  std::optional<ProblemFile> again = read(written, readProblem);
  if (!again || write(*again) != written)
    __builtin_trap();
  placement::Placement one{std::vector<int32_t>(file->problem.tasks.size(), 0),
                           {0}};
  (void)evaluate(file->problem, one);
  return 0;
}
