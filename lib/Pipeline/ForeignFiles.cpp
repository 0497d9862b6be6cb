//===- ForeignFiles.cpp - What in a folder is not ours --------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ForeignFiles.h"

#include "onnx-split/Instances/ProblemFile.h"
#include "onnx-split/Plan/OrtLayers.h"
#include "onnx-split/Plan/Plan.h"
#include "onnx-split/Report/Report.h"
#include "onnx-split/Support/Digest.h"
#include "onnx-split/Support/ReadAtMost.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace onnx_split;

namespace fs = sys::fs;
namespace path = sys::path;

static std::string join(StringRef folder, StringRef name) {
  SmallString<256> file(folder);
  path::append(file, name);
  return std::string(file);
}

/// In the order of names.
static ErrorOr<std::vector<std::string>> listNames(StringRef folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error, /*follow_symlinks=*/false),
       end;
       !error && entry != end; entry.increment(error))
    names.push_back(path::filename(entry->path()).str());
  if (error)
    return error;
  llvm::sort(names);
  return names;
}

/// Neither a link nor a folder, nor something that waits for a writer.
static bool isFile(const std::string &file) {
  fs::file_status status;
  return !fs::status(file, status, /*follow=*/false) &&
         fs::is_regular_file(status);
}

static Expected<PlanFile> readPlanIn(StringRef folder) {
  std::string file = join(folder, "plan.json");
  if (!isFile(file))
    return createStringError("it has no plan.json");
  // No plan is larger.
  constexpr size_t maxBytes = size_t(64) << 20;
  auto buffer = readAtMost(file, maxBytes);
  if (!buffer)
    return createStringError("its plan.json cannot be read: " +
                             buffer.getError().message());
  return parsePlanFile((*buffer)->getBuffer(), "its plan.json", PlanUse::Study);
}

/// A host file that somebody has changed is somebody's.
static bool isHostfileOf(const PlanFile &plan, const std::string &file) {
  std::string text;
  raw_string_ostream os(text);
  writeHostfile(plan, os);
  auto buffer = readAtMost(file, text.size() + 1);
  return buffer && (*buffer)->getBuffer() == text;
}

/// What the plan says was written for another tool, unless somebody has changed
/// it.
static bool isEmittedBy(const PlanFile &plan, StringRef name,
                        const std::string &file) {
  // No such text is larger.
  constexpr size_t maxBytes = size_t(64) << 20;
  auto emitted = llvm::find_if(
      plan.emitted, [&](const auto &entry) { return entry.file == name; });
  if (emitted == plan.emitted.end())
    return false;
  auto buffer = readAtMost(file, maxBytes);
  return buffer && emitted->digest == getDigest((*buffer)->getBuffer());
}

/// A problem of the plan's model, changed or not: it can be made again, as a
/// plan can.
static bool isProblemOf(const PlanFile &plan, const std::string &file) {
  // No problem is larger.
  constexpr size_t maxBytes = size_t(256) << 20;
  auto buffer = readAtMost(file, maxBytes);
  if (!buffer)
    return false;
  MemoryBufferRef text = **buffer;
  SourceMgr sourceMgr;
  sourceMgr.AddNewSourceBuffer(std::move(*buffer), SMLoc());
  // What is wrong with it is not the question.
  sourceMgr.setDiagHandler([](const SMDiagnostic &, void *) {});
  auto problem = instances::readProblem(text, sourceMgr);
  return problem && !problem->sourceDigest.empty() &&
         problem->sourceDigest == plan.sourceDigest;
}

/// Who keeps something in a page or its data gives it another name.
static bool isReportFile(StringRef name, const std::string &file) {
  constexpr size_t bytesLookedAt = 4096;
  auto buffer = readAtMost(file, bytesLookedAt);
  return (name == ReportPageName || name == ReportDataName) && buffer &&
         isReport((*buffer)->getBuffer());
}

std::string onnx_split::describeForeign(StringRef folder) {
  auto names = listNames(folder);
  if (!names)
    return "it cannot be listed: " + names.getError().message();
  if (names->empty())
    return "";
  auto plan = readPlanIn(folder);
  if (!plan)
    return toString(plan.takeError());
  llvm::StringSet<> own;
  own.insert("plan.json");
  for (const PlanFile::Stage &stage : plan->stages) {
    own.insert(stage.file);
    own.insert(stage.file + ".data");
  }
  for (const PlanFile::Emitted &emitted : plan->emitted)
    if (emitted.file == OrtLayersName) {
      own.insert(AnnotatedModelName);
      own.insert((AnnotatedModelName + ".data").str());
    }
  std::vector<std::string> foreign;
  for (const std::string &name : *names) {
    std::string file = join(folder, name);
    if (!isFile(file) ||
        !(own.contains(name) ||
          (name == "hostfile" && isHostfileOf(*plan, file)) ||
          (name == "problem.json" && isProblemOf(*plan, file)) ||
          isEmittedBy(*plan, name, file) || isReportFile(name, file)))
      foreign.push_back("'" + name + "'");
  }
  if (foreign.empty())
    return "";
  constexpr size_t namesShown = 3;
  std::string rest;
  if (foreign.size() > namesShown) {
    rest = " and " + std::to_string(foreign.size() - namesShown) + " more";
    foreign.resize(namesShown);
  }
  return "no run has written " + llvm::join(foreign, ", ") + rest;
}
