//===- RuntimeProfile.cpp - Profiles of ONNX Runtime ----------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ProfileFile.h"

#include "onnx-split/Support/Quantity/Units.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

#include <algorithm>

using namespace llvm;
using namespace onnx_split;
using namespace onnx_split::cluster;

/// The format states microseconds.
static constexpr int64_t NsPerUs = 1000;
static constexpr int64_t MaxUs = MaxQuantityTimeNs / NsPerUs;
/// Some years: what a clock that counts from the start of a machine can show.
static constexpr int64_t MaxTimestampUs = int64_t(1) << 50;
static constexpr StringLiteral KernelSuffix = "_kernel_time";

namespace {
/// One run of a kernel.
struct Kernel {
  int64_t thread = 0;
  int64_t start = 0;
  int64_t duration = 0;
  uint32_t name = 0;

  int64_t end() const { return start + duration; }
};

class RuntimeProfileReader {
public:
  explicit RuntimeProfileReader(Diagnostics &sink) : diagnostics(sink) {}

  bool readEvent(const JsonValue &event);
  void dropInner();
  /// False after an error.
  bool addTimes(DeviceProfile &profile, SMRange where);

private:
  std::optional<int64_t> readUs(const JsonValue &event, StringRef key,
                                int64_t limit);

  Diagnostics &diagnostics;
  std::vector<Kernel> kernels;
  StringMap<uint32_t> nameIndices;
  /// Keys of `nameIndices` in the order of the file.
  std::vector<StringRef> names;
  int64_t runs = 0;
};
} // namespace

static StringRef textOf(const JsonValue &event, StringRef key) {
  const JsonValue *value = event.find(key);
  return value && value->kind == JsonValue::Kind::String ? value->text
                                                         : StringRef();
}

/// A number of microseconds; what is no number was reported.
std::optional<int64_t> RuntimeProfileReader::readUs(const JsonValue &event,
                                                    StringRef key,
                                                    int64_t limit) {
  const JsonValue *value = event.find(key);
  if (!value) {
    diagnostics.error(event.range, "missing key '" + key + "' in an event");
    return std::nullopt;
  }
  int64_t figure = 0;
  if (value->kind == JsonValue::Kind::Number && all_of(value->text, isDigit) &&
      !StringRef(value->text).getAsInteger(10, figure) && figure <= limit)
    return figure;
  diagnostics.error(value->range, "found " + value->describe() + "; '" + key +
                                      "' is a whole number of microseconds, "
                                      "at most " +
                                      Twine(limit));
  return std::nullopt;
}

/// False where reading on is of no use.
bool RuntimeProfileReader::readEvent(const JsonValue &event) {
  if (event.kind != JsonValue::Kind::Object) {
    diagnostics.error(event.range, "found " + event.describe() +
                                       "; an event of ONNX Runtime's profile "
                                       "is an object");
    return !diagnostics.full();
  }
  StringRef name = textOf(event, "name");
  StringRef category = textOf(event, "cat");
  runs += category == "Session" && name == "model_run";
  if (category != "Node" || !name.consume_back(KernelSuffix))
    return true;
  std::optional<int64_t> duration = readUs(event, "dur", MaxUs);
  std::optional<int64_t> start = readUs(event, "ts", MaxTimestampUs);
  if (!duration || !start)
    return !diagnostics.full();
  Kernel kernel;
  kernel.start = *start;
  kernel.duration = *duration;
  // Only told apart, whatever the figure.
  if (const JsonValue *thread = event.find("tid"))
    StringRef(thread->text).getAsInteger(10, kernel.thread);
  auto [place, isNew] =
      nameIndices.try_emplace(name, static_cast<uint32_t>(names.size()));
  if (isNew)
    names.push_back(place->first());
  kernel.name = place->second;
  kernels.push_back(kernel);
  return true;
}

/// The nodes in a body of If, Loop or Scan have events of their own while the
/// node that has the body runs. Its time holds theirs.
void RuntimeProfileReader::dropInner() {
  // A node is written when it ends, so that of two with the same times the
  // later one is the outer one.
  std::reverse(kernels.begin(), kernels.end());
  std::stable_sort(
      kernels.begin(), kernels.end(), [](const Kernel &a, const Kernel &b) {
        if (a.thread != b.thread)
          return a.thread < b.thread;
        return a.start != b.start ? a.start < b.start : a.end() > b.end();
      });
  Kernel outer;
  bool hasOuter = false;
  auto isInner = [&](const Kernel &kernel) {
    if (hasOuter && kernel.thread == outer.thread &&
        kernel.start < outer.end() && kernel.end() <= outer.end())
      return true;
    outer = kernel;
    hasOuter = true;
    return false;
  };
  // In order, which std::remove_if does not promise.
  std::vector<Kernel> kept;
  for (const Kernel &kernel : kernels)
    if (!isInner(kernel))
      kept.push_back(kernel);
  kernels = std::move(kept);
}

bool RuntimeProfileReader::addTimes(DeviceProfile &profile, SMRange where) {
  if (kernels.empty()) {
    diagnostics.error(where, "no kernel times (events of the category 'Node' "
                             "whose names end in '_kernel_time'); the file "
                             "must be the profile of an inference session");
    return false;
  }
  if (runs == 0) {
    diagnostics.error(where, "no event 'model_run', so that the number of "
                             "items is not known");
    return false;
  }
  dropInner();
  // A million kernels of an hour fit.
  std::vector<int64_t> totals(names.size(), 0);
  std::vector<bool> isOuter(names.size(), false);
  for (const Kernel &kernel : kernels) {
    totals[kernel.name] += kernel.duration;
    isOuter[kernel.name] = true;
  }
  for (size_t i = 0; i < names.size(); ++i) {
    if (!isOuter[i])
      continue;
    // Rounded up, as all times are.
    int64_t whole = totals[i] / runs, rest = totals[i] % runs;
    if (whole >= MaxUs) {
      diagnostics.error(where, "node '" + names[i] +
                                   "' takes more than an hour for one item");
      return false;
    }
    int64_t ns = whole * NsPerUs + (rest * NsPerUs + runs - 1) / runs;
    profile.nodes.push_back({-1, names[i].str(), ns});
  }
  return true;
}

std::optional<ProfileFile>
cluster::readRuntimeProfile(StringRef text, StringRef path,
                            Diagnostics &diagnostics) {
  RuntimeProfileReader reader(diagnostics);
  auto take = [&](const JsonValue &event) { return reader.readEvent(event); };
  auto profile = std::make_shared<DeviceProfile>();
  profile->file = path.str();
  if (!readJsonArray(text, take, diagnostics) || diagnostics.failed() ||
      !reader.addTimes(*profile, pointAt(text.begin())))
    return std::nullopt;
  ProfileFile file;
  file.unnamed = std::move(profile);
  return file;
}
