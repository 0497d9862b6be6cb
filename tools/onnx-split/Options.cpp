//===- Options.cpp - The command line's options ---------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// From what the command line says to what the libraries take. What no library
/// can check is checked here, before work that takes long; what depends on the
/// model, such as the name of a node, is checked by the pass that knows it.
///
//===----------------------------------------------------------------------===//

#include "Options.h"

#include "onnx-split/Plan/SavedPlan.h"
#include "onnx-split/Report/Report.h"
#include "onnx-split/Support/CommandLine.h"
#include "onnx-split/Support/Duration.h"

#include "mlir/IR/Diagnostics.h"
#include "onnx/common/version.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <google/protobuf/stubs/common.h>

using namespace mlir;
using namespace onnx_split;

/// Each has caches of its own; nobody has more.
static constexpr int64_t MaxSequences = 65536;

std::optional<int> onnx_split::readOptions(int argc, char **argv,
                                           Options &options) {
  ProgramHelp help;
  help.usage = "onnx-split MODEL --devices CLUSTER.yaml [options]";
  help.file = "MODEL";
  help.purpose = "Splits an ONNX model over a cluster of unequal devices, and "
                 "says how good the plan is.";
  llvm::cl::OptionCategory *groups[] = {&options.whatGroup, &options.whereGroup,
                                        &options.planGroup, &options.writeGroup,
                                        &options.checkGroup};
  help.groups = groups;
  static constexpr StringRef examples[] = {
      "onnx-split model.onnx --devices cluster.yaml --dry-run",
      "onnx-split model.onnx --devices cluster.yaml --dim N=1 -o parts "
      "--verify",
      "onnx-split decoder.onnx --devices cluster.yaml --assume batch_size=1 "
      "--sequences=2"};
  help.examples = examples;
  help.statuses = "0 done; 1 wrong usage or bad input; 2 no feasible plan; 3 "
                  "verification failed; 4 could not write";
  static constexpr std::pair<StringRef, StringRef> synonyms[] = {
      {"cluster", "devices"},
      {"output", "o"},
      {"out", "o"},
      {"timeout", "time-limit"},
      {"latency", "max-latency"},
      {"rate", "target-rate"},
      {"batch", "dim"},
      {"input-shape", "shape"}};
  help.synonyms = synonyms;
  // Whose rules and formats it goes by.
  help.versions =
      std::string("ONNX ") + onnx::LAST_RELEASE_VERSION + "\nprotobuf " +
      google::protobuf::internal::VersionString(GOOGLE_PROTOBUF_VERSION) + "\n";
  return readCommandLine(argc, argv, help);
}

LogicalResult onnx_split::adoptSavedOptions(Options &options, Location loc) {
  StringRef file = options.pipeline.place.plan;
  if (file.empty())
    return success();
  llvm::Expected<SavedPlan> plan = readPlan(file);
  if (!plan) {
    // The pipeline says so at the model.
    llvm::consumeError(plan.takeError());
    return success();
  }
  // Where the option is given at all, nothing of it comes from the plan.
  auto adopt = [](auto &given, const std::vector<std::string> &saved) {
    if (given.empty())
      for (const std::string &value : saved)
        given.push_back(value);
  };
  // The same for what the parts depend on: given, it must be what it was.
  auto adoptSame = [&](StringRef name, auto &given,
                       const std::vector<std::string> &saved) {
    adopt(given, saved);
    if (saved.empty() ||
        saved == std::vector<std::string>(given.begin(), given.end()))
      return LogicalResult(success());
    return LogicalResult(emitError(loc)
                         << "the plan '" << file << "' was made with --" << name
                         << " " << llvm::join(saved, " --" + name.str() + " ")
                         << ", which is taken from it where no --" << name
                         << " is given; with another one, plan anew");
  };
  graph::InferTypesPassOptions &infer = options.pipeline.inferTypes;
  // One that is given anew leaves the others as they were.
  for (const std::string &saved : plan->options.assume) {
    StringRef name = StringRef(saved).rsplit('=').first;
    if (llvm::none_of(infer.assumes, [&](const std::string &given) {
          return StringRef(given).rsplit('=').first == name;
        }))
      infer.assumes.push_back(saved);
  }
  adopt(infer.alsos, plan->options.also);
  if (options.sequences.getNumOccurrences() == 0)
    options.pipeline.place.sequences =
        unsigned(std::clamp<int64_t>(plan->options.sequences, 0, MaxSequences));
  // A plan of before sends what it could.
  adopt(options.pipeline.place.states, plan->options.state.empty()
                                           ? std::vector<std::string>{"none"}
                                           : plan->options.state);
  return failure(
      failed(adoptSame("dim", infer.dims, plan->options.dim)) ||
      failed(adoptSame("shape", infer.shapes, plan->options.shape)) ||
      failed(adoptSame("set", options.set, plan->options.set)));
}

/// Whether the file would be in the folder that is written, which need not be
/// there yet.
static bool isInside(StringRef file, const Options &options) {
  llvm::SmallString<256> inside(file), folder(options.getFolder());
  for (auto *path : {&inside, &folder}) {
    if (llvm::sys::fs::make_absolute(*path))
      return false;
    llvm::sys::path::remove_dots(*path, /*remove_dot_dot=*/true);
  }
  return !file.empty() && StringRef(inside).starts_with((folder + "/").str());
}

/// What --report asks for can be written, and is nothing that is read.
static LogicalResult checkReport(const Options &options, Location loc) {
  StringRef file = options.report;
  if (!options.asksForReport())
    return success();
  if (file.empty() && options.dryRun)
    return emitError(loc) << "--report writes into the output folder, which "
                             "--dry-run does not make; name a file, as in "
                             "--report=plan.html";
  if (std::string why = whyNoReport();
      !why.empty() && !file.ends_with_insensitive(".json"))
    return emitError(loc) << "--report: " << why;
  if (file == "-")
    return emitError(loc)
           << "--report writes a file, as in --report=plan.html; "
              "standard output is for the summary";
  // Links and devices stay what they are.
  if (llvm::sys::fs::file_status status;
      !file.empty() && !llvm::sys::fs::status(file, status, /*follow=*/false) &&
      !llvm::sys::fs::is_regular_file(status))
    return emitError(loc) << "--report=" << file
                          << ": that is no plain file, "
                             "which alone is replaced";
  if (!options.dryRun && isInside(file, options))
    return emitError(loc) << "--report=" << file
                          << " is in the output folder; --report alone writes "
                             "report.html there";
  for (const std::string &read : listFilesRead(options))
    if (!read.empty() && !file.empty() &&
        llvm::sys::fs::equivalent(Twine(read), file))
      return emitError(loc) << "--report=" << file
                            << " would replace a file that this run reads";
  return success();
}

/// What --emit asks for goes with the other options.
static LogicalResult checkEmit(const Options &options, Location loc) {
  static constexpr std::pair<Emit, StringRef> kinds[] = {
      {Emit::Compose, "compose"},
      {Emit::Genai, "genai"},
      {Emit::OrtLayers, "ort-layers"}};
  for (auto [kind, name] : kinds)
    if (options.dryRun && options.emits(kind))
      return emitError(loc)
             << "--emit=" << name
             << " writes into the output folder, which --dry-run does not "
                "make; leave one of the two out";
  if (options.emits(Emit::Genai) &&
      options.pipeline.place.boundary == Boundary::Opaque)
    return emitError(loc) << "--emit=genai: ONNX Runtime does not know the "
                             "nodes of --boundary=opaque; use ops or io";
  return success();
}

LogicalResult onnx_split::finishPipelineOptions(Options &options,
                                                Location loc) {
  split::PlacePassOptions &place = options.pipeline.place;
  place.timeLimit = parseDuration(options.timeLimit);
  if (place.timeLimit == 0)
    return emitError(loc)
           << "--time-limit takes a time above 0, such as 10s, 500ms or "
              "2min, not '"
           << options.timeLimit.getValue() << "'";
  place.report = options.asksForReport();
  if (options.emits(Emit::Problem)) {
    if (options.dryRun)
      return emitError(loc)
             << "--emit=problem writes into the output folder, which --dry-run "
                "does not make; leave one of the two out, or let "
                "onnx-split-bench write the problem: --write-problems=DIR "
                "needs "
                "no weights";
    place.problemName = (llvm::sys::path::stem(options.model) + "@" +
                         llvm::sys::path::stem(place.devices))
                            .str();
  }
  if (failed(checkEmit(options, loc)))
    return failure();
  // Hints are for people.
  place.suggest = options.format == Format::Table;
  if (options.maxStages.getNumOccurrences() > 0 && place.maxStages == 0)
    return emitError(loc) << "--max-stages takes a number of at least 1";
  if (options.stages.getNumOccurrences() > 0 && place.stages == 0)
    return emitError(loc) << "--stages takes a number of at least 1";
  if (options.maxLatency.getNumOccurrences() > 0) {
    double seconds = parseDuration(options.maxLatency);
    constexpr double most = 9e9;
    if (!(seconds > 0 && seconds < most))
      return emitError(loc)
             << "--max-latency takes a time above 0, such as 50ms or 2s, "
                "not '"
             << options.maxLatency.getValue() << "'";
    place.maxLatencyNs = std::max<int64_t>(1, std::llround(seconds * 1e9));
  }
  if (options.sequences.getNumOccurrences() > 0 &&
      (place.sequences == 0 || place.sequences > MaxSequences))
    return emitError(loc) << "--sequences takes a number from 1 to "
                          << MaxSequences;
  if (options.targetRate.getNumOccurrences() > 0 &&
      !(place.targetRate > 0 && place.targetRate < 1e12))
    return emitError(loc) << "--target-rate takes a number of items/s above 0";
  if (!(place.gap >= 0 && place.gap < 1))
    return emitError(loc) << "--gap takes a number of at least 0 and below 1";
  return checkReport(options, loc);
}

std::vector<std::string> onnx_split::listFilesRead(const Options &options) {
  std::vector<std::string> files = {options.model,
                                    options.pipeline.place.devices,
                                    options.pipeline.place.plan};
  // FILE or NAME=FILE, and NAME=@FILE: whichever of them is there.
  for (StringRef input : options.inputs) {
    files.push_back(input.str());
    files.push_back(runtime::splitNameAndFile(input).second.str());
  }
  for (StringRef value : options.set)
    files.push_back(value.split("=@").second.str());
  return files;
}

/// What --verify and --observe feed the model: files where there are some,
/// otherwise random values, whose extents are those that planning counts with.
static runtime::InputOptions makeInputOptions(const Options &options) {
  const graph::InferTypesPassOptions &infer = options.pipeline.inferTypes;
  runtime::InputOptions inputs;
  llvm::append_range(inputs.files, options.inputs);
  llvm::append_range(inputs.shapes, infer.shapes);
  // The last one that names a dimension counts.
  llvm::append_range(inputs.dims, infer.assumes);
  llvm::append_range(inputs.dims, infer.dims);
  llvm::append_range(inputs.set, options.set);
  // One --seed for the plan and for the inputs.
  inputs.seed = options.pipeline.place.seed;
  return inputs;
}

FailureOr<std::optional<runtime::VerifyRequest>>
onnx_split::makeVerifyRequest(const Options &options, StringRef folder,
                              Location loc) {
  if (options.verify.getNumOccurrences() == 0) {
    if (!options.inputs.empty() && !options.observe)
      return emitError(loc) << "--input says what --verify and --observe feed; "
                               "add one of them";
    return std::optional<runtime::VerifyRequest>();
  }
  runtime::VerifyRequest request;
  if (StringRef text = options.verify; !text.empty())
    if (text.getAsDouble(request.tolerance.emplace()) ||
        !(*request.tolerance >= 0 && *request.tolerance < 1e9))
      return emitError(loc) << "--verify takes a tolerance of at least 0 such "
                               "as 1e-4, not '"
                            << text << "'";
  if (options.dryRun)
    return emitError(loc) << "--verify runs the parts, which --dry-run does "
                             "not write; leave one of the two out";
  if (options.pipeline.place.boundary == Boundary::Opaque)
    return emitError(loc) << "--verify runs the parts in ONNX Runtime, which "
                             "does not know the nodes of --boundary=opaque; "
                             "verify with ops or io";
  if (std::string why = runtime::whyNoRuntime(); !why.empty())
    return emitError(loc) << "--verify: " << why;
  request.model = options.model;
  request.folder = folder.str();
  request.allowLinkedWeights = options.allowLinkedWeights;
  request.inputs = makeInputOptions(options);
  return std::optional(request);
}

FailureOr<std::optional<runtime::ObserveRequest>>
onnx_split::makeObserveRequest(const Options &options, Location loc) {
  if (!options.observe)
    return std::optional<runtime::ObserveRequest>();
  if (std::string why = runtime::whyNoRuntime(); !why.empty())
    return emitError(loc) << "--observe: " << why;
  runtime::ObserveRequest request;
  request.inputs = makeInputOptions(options);
  return std::optional(request);
}
